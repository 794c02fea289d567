// One side of a connection: its byte stream and the TLS session on top.
#pragma once

#include <memory>

#include "inspect/record.h"
#include "inspect/trace/capture.h"
#include "proxy/net/stream.h"
#include "tls/session.h"

namespace mailtap::proxy {

struct Leg {
  /// What bytes from this leg's peer mean now.
  enum class Phase {
    plaintext,    ///< words before STARTTLS; upstream: connected, and TLS not begun
    hello,        ///< downstream: collecting the client hello
    waiting,      ///< downstream: hello complete, what to present not known; upstream: connecting
    handshaking,  ///< TLS handshake under way
    open,         ///< handshake finished, the other leg's isn't
    relaying,
  };

  Leg(inspect::Side which, Phase first) : side(which), phase(first) {}

  bool is(const net::Stream& one) const { return stream.get() == &one; }
  /// Plaintext, as it is.
  void send(Bytes bytes) {
    if (stream && !bytes.empty()) stream->send(bytes);
  }
  void close() {
    if (stream) stream->close();
  }

  enum class Handshake {
    under_way,  ///< bytes from the peer, or the cryptography's result, are waited for
    done,
    failed,  ///< the session's failure() says why
  };
  /// Goes on with the handshake as far as it goes.
  Handshake step_handshake() {
    using tls::Step;
    const auto step = session->handshake();
    if (step == Step::want_crypto)
      return Handshake::under_way;  // what is written so far leaves with the rest of its flight
    flush();
    switch (step) {
      case Step::done: return Handshake::done;
      case Step::want_read:
      case Step::want_write:
      case Step::want_crypto: return Handshake::under_way;
      case Step::closed:
      case Step::truncated:
      case Step::failed: break;
    }
    return Handshake::failed;
  }
  /// What the handshake has agreed on, as far as it got.
  void write_down(inspect::Leg& to) const {
    const auto& agreed = session->agreed();
    to.tls = agreed.version;
    to.cipher = agreed.cipher;
    to.group = agreed.group;
    to.alpn = agreed.alpn;
    to.resumed = agreed.resumed;
  }

  /// Hands what the session has encrypted to the kernel.
  void flush() { flush_by(&net::Stream::send); }
  /// The same, right before the stream is closed.
  void flush_last() { flush_by(&net::Stream::send_last); }

  /// What mailtap is on this leg, and what its peer is.
  tls::Sender ours() const {
    return side == inspect::Side::downstream ? tls::Sender::server : tls::Sender::client;
  }
  tls::Sender theirs() const {
    return side == inspect::Side::downstream ? tls::Sender::client : tls::Sender::server;
  }

  // What the leg's peer did, and mailtap's own end, go into the trace where one is recorded. A trace has TLS
  // alone: what is said in plaintext may hold passwords.
  void record(Bytes heard) const {
    if (is_recorded()) capture->bytes(side, theirs(), heard);
  }
  void record_end() const {
    if (is_recorded()) capture->ended(side, theirs());
  }
  void record_reset() const {
    if (is_recorded()) capture->was_reset(side, theirs());
  }
  void record_own_end(bool is_reset) const {
    if (capture == nullptr) return;
    is_reset ? capture->was_reset(side, ours()) : capture->ended(side, ours());
  }

  const inspect::Side side;
  Phase phase;
  std::unique_ptr<net::Stream> stream;  ///< null: there is none yet
  std::unique_ptr<tls::Session> session;
  trace::Capture* capture = nullptr;  ///< null: nothing is recorded

 private:
  bool is_recorded() const { return capture != nullptr && phase != Phase::plaintext; }
  void flush_by(void (net::Stream::*send)(Bytes)) {
    const auto bytes = session->outgoing();
    if (bytes.empty()) return;
    if (capture != nullptr) capture->bytes(side, ours(), bytes);
    (*stream.*send)(bytes);
    session->consume_outgoing(bytes.size());
  }
};

}  // namespace mailtap::proxy
