// A session of ours and a peer, joined in memory.
#pragma once

#include <memory>
#include <string>

#include "tests/tls/peers/peer.h"
#include "tls/sessions/sessions.h"

namespace mailtap::tests {

class Conversation {
 public:
  Conversation(std::unique_ptr<tls::Session> ours, std::unique_ptr<Peer> theirs)
      : ours_(std::move(ours)), theirs_(std::move(theirs)) {}

  /// Both handshakes as far as they go: to their ends, or until ours waits for its cryptography.
  void shake_hands();
  /// Ours need not wait any longer.
  void wake() { step_ = tls::Step::want_read; }
  bool established() const;

  /// Texts of several lengths, records and more than one record, both ways in turn; then the client closes
  /// and the other side has the last word. Empty: all arrived.
  std::string exchange(bool we_are_client);
  /// Why it isn't established.
  std::string failure() const;

  tls::Session& ours() { return *ours_; }
  Peer& theirs() { return *theirs_; }

 private:
  bool carry();
  std::string say(bool to_peer, const std::string& text);

  std::unique_ptr<tls::Session> ours_;
  std::unique_ptr<Peer> theirs_;
  tls::Step step_ = tls::Step::want_read;
  Peer::State state_ = Peer::State::waits;
};

}  // namespace mailtap::tests
