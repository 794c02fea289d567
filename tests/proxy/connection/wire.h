// A connection in memory between a peer and what is tested, which has the other end as a net::Stream.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "proxy/net/stream.h"

namespace mailtap::proxy::test {

/// Shared by both ends: the stream may be destroyed first.
struct Wire {
  net::Address peer, local;
  net::Stream* stream = nullptr;  ///< null: closed
  net::Stream::Events* events = nullptr;

  std::string to_peer;         ///< that the peer hasn't taken yet
  std::string to_mailtap;      ///< that mailtap hasn't read yet
  std::string queued;          ///< that the "kernel" hasn't taken, while it is clogged
  std::size_t sends = 0;       ///< how often mailtap has sent something
  bool is_clogged = false;     ///< the peer doesn't read
  bool is_reading = false;     ///< mailtap does
  bool mailtap_ended = false;  ///< it sent FIN, or closed
  bool mailtap_reset = false;
  bool peer_ended = false;  ///< it sent FIN, which mailtap may not have read yet
  bool end_told = false;

  /// Hands over what mailtap may read. True: something happened.
  bool deliver() {
    if (stream == nullptr || !is_reading || events == nullptr) return false;
    if (!to_mailtap.empty()) {
      const auto bytes = std::exchange(to_mailtap, {});
      events->on_data(*stream, as_bytes(bytes));
      return true;
    }
    if (!peer_ended || end_told) return false;
    end_told = true;
    is_reading = false;
    events->on_end(*stream);
    return true;
  }
  /// The peer's kernel takes what was queued.
  void unclog() {
    is_clogged = false;
    if (stream == nullptr || queued.empty()) return;
    to_peer += std::exchange(queued, {});
    events->on_flushed(*stream);
  }
  void reset_by_peer() {
    peer = {};  // as the system has it
    if (stream != nullptr) events->on_broken(*stream, "connection reset by peer");
  }
};

class WireStream final : public net::Stream {
 public:
  explicit WireStream(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) { wire_->stream = this; }
  ~WireStream() override { WireStream::close(); }

  void start_reading() override {
    wire_->events = events_;
    wire_->is_reading = true;
  }
  void stop_reading() override { wire_->is_reading = false; }
  void send(Bytes bytes) override {
    wire_->events = events_;
    ++wire_->sends;
    (wire_->is_clogged ? wire_->queued : wire_->to_peer) += as_text(bytes);
  }
  std::size_t queued() const override { return wire_->queued.size(); }
  void send_end() override { wire_->mailtap_ended = true; }
  void close() override {
    wire_->mailtap_ended = true;
    wire_->stream = nullptr;
  }
  void reset() override {
    wire_->mailtap_reset = true;
    close();
  }
  net::Address peer() const override { return wire_->peer; }
  net::Address local() const override { return wire_->local; }

 private:
  std::shared_ptr<Wire> wire_;
};

}  // namespace mailtap::proxy::test
