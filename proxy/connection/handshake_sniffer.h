// Watches a relayed connection from outside: what is said in plaintext until STARTTLS, then both handshakes
// as far as they are in the clear. Bytes in, facts out; it can't change, delay or refuse anything, and what
// it doesn't understand ends the watching alone.
//
//   silent --the server greets, or the client speaks its protocol--> plaintext --STARTTLS agreed--> tls
//      \------------------- the client begins with TLS ------------------------------------------> tls
//   any of them --nothing more can be learnt--> over
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "inspect/plaintext_start.h"
#include "inspect/trace/handshake_decoder.h"
#include "proxy/starttls/opening.h"
#include "proxy/starttls/plaintext_phase.h"

namespace mailtap::proxy {

class HandshakeSniffer {
 public:
  enum class Stage {
    silent,
    plaintext,
    tls,
    login,  ///< in plaintext, which goes on as it is; whether what a client logs in with follows is still
            ///< looked at
    over
  };

  explicit HandshakeSniffer(const starttls::Opening& opening) : opening_(opening) {}

  /// What was relayed, in the order in which it came; `at` is since the connection was accepted.
  void see(tls::Sender from, Bytes bytes, std::chrono::microseconds at);

  Stage stage() const { return stage_; }
  /// TLS has begun: the bytes just seen are of it.
  bool tls_begun() const { return tls_begun_; }
  const trace::HandshakeFacts& facts() const { return decoder_.facts(); }
  /// Nothing: the connection doesn't begin in plaintext, or hasn't begun.
  const std::optional<inspect::PlaintextStart>& starttls() const { return starttls_; }
  /// Why watching ended before its time; empty: it didn't.
  const std::string& gave_up() const { return gave_up_.empty() ? facts().gave_up : gave_up_; }

 private:
  void begin(tls::Sender from, Bytes bytes, std::chrono::microseconds at);
  void see_plaintext(tls::Sender from, Bytes bytes);
  void await_credentials();
  void see_login(tls::Sender from, std::string_view text);
  void see_tls(tls::Sender from, Bytes bytes, std::chrono::microseconds at);
  void give_up(std::string why);

  const starttls::Opening opening_;
  Stage stage_ = Stage::silent;
  bool tls_begun_ = false;
  std::optional<starttls::PlaintextPhase> plaintext_;  // while it lasts
  std::optional<inspect::PlaintextStart> starttls_;
  std::string line_;  // of the client's, in Stage::login
  inspect::SaslClient sasl_;
  trace::HandshakeDecoder decoder_{trace::HandshakeDecoder::Secrets::none};
  std::string gave_up_;
};

}  // namespace mailtap::proxy
