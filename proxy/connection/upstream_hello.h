// What the hello to a server offers on behalf of a client: what the client's does, as far as mailtap has it
// (tls/offer/mirrored.h), or all that mailtap has.
//
//   choose() -> put_into() a session -> has_worked()
//                                    -> ask_with_own(): put_into() another session, on a new connection
//
// mailtap's own hello is sent where the route says so, where client and mailtap have nothing in common, and
// where a server refuses what the client offers: routers are kept alive so that no longer speak with their
// server. Where a connection can't be made anew, as its client has said STARTTLS already, the client's offer
// is repeated only to a server that is known to take it.
//
// Each asks for what a server adds to its certificate, whatever the client asks for, so that the verdict is
// one for all clients of a server; but for the one that follows a refusal, which may have been for that.
// Knows no sockets; what it learns is in the worker's HelloMemory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/enums.h"
#include "proxy/connection/hello_memory.h"
#include "tls/client_hello.h"
#include "tls/offer/answer.h"
#include "tls/sessions/sessions.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::proxy {

class UpstreamHello {
 public:
  using Time = HelloMemory::Time;

  /// `memory` outlives this. `keeps_signatures`: a client certificate of the route's may be asked for, whose
  /// key the client's signature algorithms needn't know. `old_suites`: as in tls::ClientParameters.
  UpstreamHello(config::UpstreamHello wanted, bool keeps_signatures, bool old_suites, HelloMemory& memory)
      : wanted_(wanted), keeps_signatures_(keeps_signatures), old_suites_(old_suites), memory_(memory) {}

  /// Before each handshake. `server`: HOST:PORT. `is_old_engine`: it is asked with TLS 1.0 and 1.1.
  /// `repeatable`: it can be asked anew, on another connection.
  void choose(const tls::ClientHello& hello, const std::string& server, bool is_old_engine, bool repeatable,
              Time now);
  void put_into(tls::ClientParameters& parameters) const;
  /// JA4 and differences, with what else the parameters hold. Makes a hello for it when it is the first of
  /// its form.
  void describe(const tls::ClientParameters& parameters, const tls::ClientHello& hello,
                inspect::ConnectionRecord& record) const;

  /// Appended to what a session is kept under.
  const std::string& session_key() const { return form_->session_key; }
  const std::string& offer_key() const { return key_; }
  bool is_mirrored() const { return form_ != nullptr && form_->mirrored.has_value(); }

  /// The server has refused the hello since it has a newer version and the client, as it says itself, fell
  /// back (RFC 7507 section 3). No other hello would have it say something else to this client.
  bool refuses_fallback(const tls::Failure& failure) const;
  /// The newest version of a mirrored hello.
  std::uint16_t newest() const { return form_->mirrored->newest; }

  /// After the alert protocol_version: what it refused where the hello had but one of TLS 1.2 and 1.3, so
  /// that the server may well have the other. Empty: it had both, or failed otherwise.
  std::string refused_version(const tls::Failure& failure) const;

  /// Of a server that found nothing to its liking in a hello of TLS 1.2 or 1.3, or hung up: what it may have
  /// missed, as beyond_mailtap() says it. Empty: it failed otherwise, or mailtap has all that the client
  /// offers.
  std::string missed(const tls::Agreed& agreed, const tls::Failure& failure) const;

  /// The handshake failed: true if the server is to be asked with mailtap's own hello now, which happens
  /// once. `resumed`: a session was offered, which may have been the reason, if the versions weren't.
  /// `has_chain`: the server has shown its certificates, so it took the offer; what mailtap then refuses of
  /// it another offer may avoid.
  bool ask_with_own(const tls::Agreed& agreed, const tls::Failure& failure, bool resumed, bool has_chain);
  /// It failed for good.
  void has_failed(const tls::Agreed& agreed, const tls::Failure& failure, Time now);
  void has_worked(Time now);
  /// What the server said to the client's own hello, which was played to it.
  void learn(const tls::offer::Answer& answer, Time now);

  /// While data is relayed nobody asks for more than a session's key.
  void forget_offer();

  /// How the server refused the hello that came before this, or before an earlier one of the kind; empty: it
  /// didn't.
  const std::string& refusal() const { return refusal_; }
  /// It may have refused what that one asked for, and the client's doesn't.
  bool is_without_questions() const {
    return form_->offer == Offer::own_after_refusal && form_->client_asks_for_less;
  }

 private:
  void fits(Time now);
  /// Of the client's offer, and of what this route makes of it otherwise than another: what one of them has
  /// learnt of a server says nothing of the other's hellos.
  std::string own_key() const;
  HelloFormPtr form_of(const tls::ClientHello& hello, Offer offer, bool is_old_engine) const;
  bool asks_for_more() const;

  const config::UpstreamHello wanted_;
  const bool keeps_signatures_;
  const bool old_suites_;
  HelloMemory& memory_;
  std::string server_;
  std::string key_;
  HelloFormPtr form_;           // null: before choose()
  HelloFormPtr mirrored_form_;  // where it isn't sent, though it could be; else null
  std::string_view why_own_;    // static; empty: it is mirrored
  HelloMemory::Known known_;
  bool asked_twice_ = false;
  bool repeatable_ = false;
  bool is_old_engine_ = false;
  std::string refusal_;
};

}  // namespace mailtap::proxy
