// A leg without network or cryptography: the stream remembers what it was told, the session's "ciphertext" is
// the plaintext itself, with '$' for close_notify.
#pragma once

#include <string>

#include "proxy/connection/leg.h"

namespace mailtap::proxy::test {

class FakeStream final : public net::Stream {
 public:
  void start_reading() override { reading = true; }
  void stop_reading() override { reading = false; }
  void send(Bytes bytes) override { (clogged ? queue : sent) += as_text(bytes); }
  void send_last(Bytes bytes) override {
    send(bytes);
    last_sent = as_text(bytes);
  }
  std::size_t queued() const override { return queue.size(); }
  void send_end() override { end_sent = true; }
  void close() override { closed = true; }
  void reset() override { was_reset = true; }
  net::Address peer() const override { return {}; }
  net::Address local() const override { return {}; }

  /// The kernel takes what was queued.
  void unclog() {
    clogged = false;
    sent += std::exchange(queue, {});
  }

  std::string sent;
  std::string queue;
  std::string last_sent;
  bool reading = false, clogged = false, end_sent = false, closed = false, was_reset = false;
};

/// A new stream of the leg's.
inline FakeStream& open_stream(Leg& leg) {
  auto stream = std::make_unique<FakeStream>();
  auto& opened = *stream;
  leg.stream = std::move(stream);
  return opened;
}

class FakeSession final : public tls::Session {
 public:
  static constexpr char close_notify_mark = '$';
  static constexpr char broken_record_mark = '!';

  void feed(Bytes ciphertext) override { in_ += as_text(ciphertext); }
  void lend(Bytes ciphertext) override { feed(ciphertext); }
  void end_loan() override {}
  void feed_end() override { in_ended_ = true; }
  std::size_t backlog() const override { return in_.size(); }
  tls::Step handshake() override { return tls::Step::done; }
  Read read(MutableBytes out) override {
    if (in_.empty()) return {in_ended_ ? tls::Step::truncated : tls::Step::want_read, 0};
    if (in_.front() == close_notify_mark) return {tls::Step::closed, 0};
    if (in_.front() == broken_record_mark) {
      failure_.detail = "bad record";
      return {tls::Step::failed, 0};
    }
    const auto size = std::min(in_.find_first_of("$!"), std::min(in_.size(), out.size()));
    std::copy_n(in_.begin(), size, out.begin());
    in_.erase(0, size);
    return {tls::Step::done, size};
  }
  tls::Step write(Bytes plaintext) override {
    out_ += as_text(plaintext);
    return tls::Step::done;
  }
  tls::Step close_notify() override {
    out_ += close_notify_mark;
    return tls::Step::done;
  }
  void send_fatal_alert(int description) override { out_ += "<alert " + std::to_string(description) + ">"; }
  Bytes outgoing() const override { return as_bytes(out_); }
  void consume_outgoing(std::size_t size) override { out_.erase(0, size); }
  const tls::Agreed& agreed() const override { return agreed_; }
  const tls::Failure& failure() const override { return failure_; }
  const std::vector<Buffer>& peer_chain() const override { return chain_; }
  const std::vector<Buffer>& original_chain() const override { return chain_; }
  std::optional<tls::SavedSession> take_saved_session() override { return std::nullopt; }

 private:
  std::string in_, out_;
  bool in_ended_ = false;
  tls::Agreed agreed_;
  tls::Failure failure_;
  std::vector<Buffer> chain_;
};

}  // namespace mailtap::proxy::test
