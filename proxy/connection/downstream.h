// A connection's client: its hello, the certificate that it is shown, its handshake, and what it made of it.
//
//   take() -> peek() until the hello is whole -> present() -> handshake -> open -> note_reaction()
//
// Owns the stream, its leg and the session on it. Connection owns this, forwards the stream's events to it as
// far as they belong to a step above, and is told of the end of each by the Delegate; what is relayed
// afterwards is the Relay's.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "inspect/ending.h"
#include "proxy/connection/context.h"
#include "proxy/connection/deadline.h"
#include "proxy/connection/departure.h"
#include "proxy/connection/leg.h"
#include "proxy/connection/presenting.h"
#include "proxy/connection/upstream.h"
#include "tls/client_hello.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::proxy {

class Downstream {
 public:
  using Clock = std::chrono::steady_clock;

  /// None of these is called after stop_working().
  class Delegate {
   public:
    virtual ~Delegate() = default;
    /// The handshake is done.
    virtual void downstream_open() = 0;
    /// It failed.
    virtual void downstream_left(const inspect::Ending& why, Departure departure) = 0;
    /// No certificate could be made.
    virtual void nothing_to_present(const std::string& why) = 0;
  };

  /// `upstream` is the same connection's, and outlives this.
  Downstream(Context& context, Deadline& deadline, const Upstream& upstream, Delegate& delegate);

  // In the order in which life happens. The delegate may be told from within each but the first.

  /// Who is told of the stream's events outlives it.
  void take(std::unique_ptr<net::Stream> accepted, net::Stream::Events& events) {
    leg_.stream = std::move(accepted);
    leg_.stream->set_events(events);
  }

  /// Collects the hello: true once it is whole. An error: it is none.
  tl::expected<bool, tls::HelloError> peek(Bytes bytes);
  /// It is whole already, at the beginning of `bytes`.
  void take_hello(tls::ClientHello hello, Buffer bytes);
  /// What comes after it, for the session that isn't there yet. False: that is too much.
  bool keep(Bytes bytes);
  bool has_begun() const { return !early_bytes_.empty(); }
  /// The bytes that the session hasn't got yet, the hello first; once it is whole, until something is
  /// presented.
  Bytes early_bytes() const { return early_bytes_; }
  /// Nothing before it is whole; after forget_hello() it has the SNI alone.
  const std::optional<tls::ClientHello>& hello() const { return hello_; }

  /// Why a client that speaks only versions that the route doesn't allow is to be refused; nothing: it isn't.
  std::optional<std::string> version_problem() const;
  /// Shows the certificate if it doesn't depend on the server, and is at hand.
  void present_early();
  /// Shows one, made for it where there is none. The server's verdict is known.
  void present();
  /// What is shown, or was; null: nothing yet.
  const certs::IdentityPtr& presented() const { return presented_; }
  /// Goes on with the handshake: bytes have come for the session, or their end.
  void step_handshake();
  /// From now on its handshake is what is waited for.
  void expect_handshake();
  /// While data is relayed: if the server has asked for a client certificate since, the client is asked too,
  /// where it can be.
  void ask_for_certificate();
  /// A fatal alert for a client that waits for our hello, or in the handshake; nothing before its own hello.
  void refuse(int alert);
  /// The same for a client whose beginnings are no hello.
  void refuse_beginnings(int alert);

  void forget_hello();
  /// The connection ends: what is being made is of no use any more, and nobody is told.
  void stop_working();
  /// What the client made of the certificate goes into the record. `relayed`: it came to that. `left`: of the
  /// two it is the client that has left.
  void note_reaction(bool relayed, bool left);
  /// Which certificates were asked for and shown in place of the client's own, into the record.
  void note_client_certificates() const;

  Leg& leg() { return leg_; }
  const Leg& leg() const { return leg_; }
  /// When the handshake began; zero: it hasn't.
  Clock::time_point handshake_began() const { return handshake_began_; }

 private:
  void hello_known();
  certs::PresentationRequest request() const;
  std::uint16_t newest_version() const;
  void begin_handshake(const certs::IdentityPtr& identity);
  std::string failure_detail() const;
  void handshake_done();
  void send_plaintext_alert(int alert, bool is_legacy);

  Services& services_;
  const RunningRoutePtr& route_;
  inspect::ConnectionRecord& record_;
  Recording& recording_;
  Deadline& deadline_;
  const Upstream& upstream_;
  Delegate& delegate_;
  Leg leg_;
  Buffer early_bytes_;  // from the client, until its session exists
  tls::HelloProgress hello_progress_;
  std::optional<tls::ClientHello> hello_;
  std::optional<Presenting> presenting_;
  certs::IdentityPtr presented_;
  Clock::time_point handshake_began_;
  bool asked_in_vain_ = false;
  bool is_stopped_ = false;
};

}  // namespace mailtap::proxy
