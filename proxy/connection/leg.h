// One side of a connection: its byte stream, and what its peer's bytes mean now.
//
//   downstream   hello -> waiting -> handshaking -> open -> relaying
//                  ^                     |            |
//      plaintext --+                     +-- left <---+      the client has gone, and the verdict is awaited
//
//   upstream     waiting -> plaintext -> handshaking -> open -> relaying
//
//   both, passed through    relaying, without a session
//
// A state owns what there is only in it and after it: from the handshake on that is the TLS session.
#pragma once

#include <memory>
#include <utility>
#include <variant>

#include "inspect/ending.h"
#include "inspect/leg.h"
#include "inspect/trace/capture.h"
#include "proxy/net/stream.h"
#include "proxy/net/tls_pump.h"
#include "tls/session.h"

namespace mailtap::proxy {

class Leg {
 public:
  struct Plaintext {};  ///< words before STARTTLS; upstream: connected, and TLS not begun
  struct Hello {};      ///< downstream: collecting the client hello
  struct Waiting {};    ///< downstream: hello complete, what to present not known; upstream: connecting
  /// TLS handshake under way.
  struct Handshaking {
    std::unique_ptr<tls::Session> session;
  };
  /// The handshake is finished, the other leg's isn't.
  struct Open {
    std::unique_ptr<tls::Session> session;
  };
  struct Relaying {
    std::unique_ptr<tls::Session> session;  ///< null: what comes is relayed as it is
  };
  /// The peer has gone; the session says what it made of us.
  struct Left {
    std::unique_ptr<tls::Session> session;
  };

  explicit Leg(inspect::Side which) : side(which) {}

  template <class State>
  bool is() const {
    return std::holds_alternative<State>(state_);
  }
  bool is_of(const net::Stream& one) const { return stream.get() == &one; }
  /// Null: there is none yet, or TLS is none of mailtap's business.
  tls::Session* session() const { return session_; }

  // Transitions.
  void expect_plaintext() { become(Plaintext{}); }
  void expect_hello() { become(Hello{}); }
  /// The session, if there was one, goes.
  void wait() { become(Waiting{}); }
  void begin_handshake(std::unique_ptr<tls::Session> session) {
    become_with<Handshaking>(std::move(session));
  }
  /// From the handshake, or with a session that needs none.
  void open() { become_with<Open>(take_session()); }
  void open(std::unique_ptr<tls::Session> session) { become_with<Open>(std::move(session)); }
  void begin_relay() { become_with<Relaying>(take_session()); }
  void leave() { become_with<Left>(take_session()); }

  /// Goes on with the handshake as far as it goes.
  net::Handshake step_handshake(net::LastFlight last = net::LastFlight::sent) {
    return net::step_handshake(
        *session_, [this] { flush(); }, last);
  }
  /// What the handshake has agreed on, as far as it got.
  void write_down(inspect::Leg& to) const {
    const auto& agreed = session_->agreed();
    to.version = agreed.version;
    to.cipher_suite = agreed.cipher_suite;
    to.group = agreed.group;
    to.alpn = agreed.alpn;
    to.resumed = agreed.resumed;
  }

  /// Hands what the session has encrypted to the kernel.
  void flush() { flush_by(&net::Stream::send); }
  /// The same, right before the stream is closed.
  void flush_last() { flush_by(&net::Stream::send_last); }
  /// Plaintext, as it is.
  void send(Bytes bytes) {
    if (stream && !bytes.empty()) stream->send(bytes);
  }
  void close() {
    if (stream) stream->close();
  }
  void reset() {
    if (stream) stream->reset();
  }

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
  std::unique_ptr<net::Stream> stream;  ///< null: there is none yet
  trace::Capture* capture = nullptr;    ///< null: nothing is recorded

 private:
  bool is_recorded() const { return capture != nullptr && !is<Plaintext>(); }
  template <class State>
  void become(State state) {
    session_ = nullptr;
    state_ = std::move(state);
  }
  template <class State>
  void become_with(std::unique_ptr<tls::Session> session) {
    session_ = session.get();
    state_ = State{std::move(session)};
  }
  std::unique_ptr<tls::Session> take_session() {
    return std::visit(
        [](auto& state) -> std::unique_ptr<tls::Session> {
          if constexpr (requires { state.session; })
            return std::move(state.session);
          else
            return nullptr;
        },
        state_);
  }
  void flush_by(void (net::Stream::*send)(Bytes)) {
    net::flush(*session_, *stream, send, [this](Bytes bytes) {
      if (capture != nullptr) capture->bytes(side, ours(), bytes);
    });
  }

  std::variant<Waiting, Plaintext, Hello, Handshaking, Open, Relaying, Left> state_;
  tls::Session* session_ = nullptr;  // the state's
};

}  // namespace mailtap::proxy
