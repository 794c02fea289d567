// What comes before the client's hello: who speaks first, and where TLS begins with STARTTLS, what both sides
// say in plaintext until then.
//
//   begin() -> waits_for() the client's hello, or the server's greeting
//           -> server_connected() -> on_data(), on_end() of legs in Phase::plaintext
//           -> the go-ahead for TLS: the client's hello is next, and the server is silent until ours
//
// The words themselves are starttls::PlaintextPhase's, which knows no sockets; here they are moved between
// the legs, and what Connection has to do next is answered. Lives as long as the connection.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "inspect/ending.h"
#include "proxy/connection/deadline.h"
#include "proxy/connection/leg.h"
#include "proxy/starttls/opening.h"
#include "proxy/starttls/plaintext_phase.h"

namespace mailtap::proxy {

class Preamble {
 public:
  /// What is to be done now.
  enum class Next {
    wait,    ///< for bytes
    relay,   ///< the route allows to go on without TLS: go_on_without_tls()
    forget,  ///< the server, which nobody has asked anything, has left: it is connected to again for the
             ///< hello
    end,     ///< ending() says why
  };

  /// All outlive this. What is said in plaintext is reported in record.starttls.
  Preamble(const config::Route& route, Leg& downstream, Leg& upstream, inspect::ConnectionRecord& record,
           Deadline& deadline)
      : route_(route), downstream_(downstream), upstream_(upstream), record_(record), deadline_(deadline) {}

  /// Of a connection whose server is at `port`.
  void begin(std::uint16_t port);
  /// True: the client is to speak first, and its hello is awaited. False: the server is to be connected to.
  bool waits_for_client();
  /// Is the client given a moment only, after which it may be waiting for the server's greeting?
  bool listens() const { return listens_; }
  /// That moment has passed; as waits_for_client(). `has_begun`: a part of the hello is there.
  bool client_is_silent(bool has_begun);
  /// The hello is there.
  void stop_listening() { listens_ = false; }
  void await_hello(std::chrono::milliseconds within);
  /// The first bytes of the hello are there, of a client that either was waited for until now.
  void hello_has_begun();

  /// The server is there before a hello: it may greet.
  void server_connected();
  /// From a leg in Phase::plaintext. `began_tls`: the client has sent a part of its hello.
  Next on_data(const Leg& from, Bytes bytes, bool began_tls);
  Next on_end(const Leg& from);
  /// Both legs carry on as they are, with what has come and wasn't passed on. True: the client has ended.
  bool go_on_without_tls();
  const inspect::Ending& ending() const { return ending_; }

  /// The time for it has passed: how the connection ends.
  inspect::Ending timed_out();
  /// A last word to the client in its protocol's words, where one is spoken.
  void say_farewell(std::string_view why);

  /// Plaintext is being spoken.
  bool is_under_way() const { return phase_.has_value(); }
  bool client_spoke() const { return phase_ && phase_->client_spoke(); }
  /// Nobody has said anything to the server, and it may leave without ending the connection.
  bool may_lose_server() const;
  /// What was spoken, for taps; nothing: TLS came first.
  std::optional<config::Protocol> spoken() const { return spoken_; }

 private:
  void begin_plaintext();
  void await_either();
  Next said(starttls::PlaintextPhase::State state);
  void secured();
  Next end(const inspect::Ending& why);
  bool is_downstream(const Leg& leg) const { return &leg == &downstream_; }

  const config::Route& route_;
  Leg& downstream_;
  Leg& upstream_;
  inspect::ConnectionRecord& record_;
  Deadline& deadline_;
  starttls::Opening opening_;
  bool listens_ = false;
  bool awaits_either_ = false;                     // the client's hello, or the server's greeting
  std::optional<starttls::PlaintextPhase> phase_;  // while it lasts
  std::chrono::steady_clock::time_point connected_;
  std::optional<config::Protocol> spoken_;
  inspect::Ending ending_;
};

}  // namespace mailtap::proxy
