// A session that protects nothing: what is fed is what is read. With it a relay carries a connection on which
// TLS never began, half-closes included.
#pragma once

#include "tls/buffers.h"
#include "tls/session.h"

namespace mailtap::tls {

class PlainSession final : public Session {
 public:
  void feed(Bytes bytes) override {
    in_.lend(bytes);
    in_.end_loan();
  }
  void lend(Bytes bytes) override { in_.lend(bytes); }
  void end_loan() override { in_.end_loan(); }
  void feed_end() override { in_ended_ = true; }
  std::size_t backlog() const override { return in_.size(); }

  Step handshake() override { return Step::done; }
  /// The end of the stream is all the goodbye there is.
  Read read(MutableBytes out) override {
    if (const auto size = in_.read(out); size > 0) return {Step::done, size};
    return {in_ended_ ? Step::closed : Step::want_read, 0};
  }
  Step write(Bytes bytes) override {
    out_.append(bytes);
    return Step::done;
  }
  Step close_notify() override { return Step::done; }
  void send_fatal_alert(int) override {}

  Bytes outgoing() const override { return out_.view(); }
  void consume_outgoing(std::size_t size) override { out_.consume(size); }

  const Agreed& agreed() const override { return agreed_; }
  const Failure& failure() const override { return failure_; }
  const std::vector<Buffer>& peer_chain() const override { return chain_; }
  const std::vector<Buffer>& original_chain() const override { return chain_; }
  std::optional<SavedSession> take_saved_session() override { return std::nullopt; }

 private:
  Inbox in_;
  bool in_ended_ = false;
  Outbox out_;
  Agreed agreed_;
  Failure failure_;
  std::vector<Buffer> chain_;
};

}  // namespace mailtap::tls
