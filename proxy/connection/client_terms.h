// What of the server's answer holds for the client's leg too, where the handshake with the server came first:
// so that a client is answered as the server would have answered it.
//
//   waits_for_server() -> fallback_problem() -> newest_version(), preferred_suite()
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "certs/model/identity_ptr.h"
#include "inspect/leg.h"
#include "tls/client_hello.h"

namespace mailtap::proxy {

/// Whether the client can't be answered without the server: it says that it fell back from a newer version,
/// which is right where the server has none (RFC 7507 section 3), or it leaves open whether it has a curve.
bool waits_for_server(const tls::ClientHello& hello);

/// Of a client that has fallen back, why it is refused with inappropriate_fallback; nothing: it isn't.
/// `server`: what was agreed on with it.
std::optional<std::string> fallback_problem(const tls::ClientHello& hello, const inspect::Leg& server);

/// The same where the server refused the hello with that alert itself; `offered`: the newest version in it.
std::string refused_fallback(std::uint16_t offered);

/// The newest version that the client's leg may come to, by hello and server: what the server has chosen,
/// where the client offers that, so that renegotiation and what else one version alone has is there on both
/// legs or on none. A server that isn't known yet (version none) chooses nothing.
std::uint16_t newest_version(const tls::ClientHello& hello, const inspect::Leg& server);

/// Whether TLS 1.2 is what is left for a client with this certificate: it offers TLS 1.3, with no signature
/// algorithm of that for the key, or `newest` is TLS 1.2 and the key goes with a suite of it.
bool is_held_to_tls12(const tls::ClientHello& hello, std::uint16_t newest, const certs::Identity& identity);

/// After a handshake that found nothing in common: what of the client's hello mailtap has nothing of, or the
/// certificate doesn't go with, by name. Empty: there is something of each kind. `old_suites`: as in
/// tls::ServerParameters.
std::string nothing_in_common(const tls::ClientHello& hello, const certs::Identity& identity,
                              bool old_suites = false);

/// What of the client's hello mailtap lacks, so that a server may find nothing in mailtap's: "it may insist
/// on what the client offers and mailtap lacks: A, B". Suites come first, then groups and signature
/// algorithms; how to allow what a route would have to ask for. Empty: nothing. `old_suites`: as in
/// tls::ClientParameters.
std::string beyond_mailtap(const tls::ClientHello& hello, bool old_suites = false);

/// The suite to be taken of those that the client offers, if the leg can; none: as the leg prefers. A client
/// of TLS 1.2 without supported_groups may have no curve that mailtap has, though it lists suites with ECDHE
/// (OpenSSL's with finite field groups alone): the server's choice is the one that it counts on.
tls::CipherSuite preferred_suite(const tls::ClientHello& hello, const inspect::Leg& server);

}  // namespace mailtap::proxy
