// What a session is made with, by either engine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/model/identity_ptr.h"
#include "tls/session.h"

namespace mailtap::crypto {
class Batcher;  // tls/crypto/batcher.h
}

namespace mailtap::tls {

class TicketKeys;  // tls/sessions/tickets.h

/// How a handshake waits for cryptography that is done together with that of other connections.
struct Batching {
  crypto::Batcher* batcher = nullptr;  ///< of this thread, outlives the session; null: nothing waits
  /// Called from Batcher::step(): handshake() answered want_crypto and should be called again.
  std::function<void()> wake;
};

/// What a session offers and accepts instead of the policy's own (policy.cpp): for who measures one choice of
/// many, and for who repeats another's offer. Lists that end with 0 and outlive the session; null: the
/// policy's. Means nothing to a session of the old engine.
struct Restriction {
  const int* cipher_suites = nullptr;
  const std::uint16_t* groups = nullptr;  ///< of a TLS 1.2 client the curves of ECDSA certificates too
  const std::uint16_t* signature_algorithms = nullptr;
  bool without_tickets = false;           ///< client, TLS 1.2: no session_ticket (RFC 5077)
  bool without_tls13_resumption = false;  ///< client, TLS 1.3: no psk_key_exchange_modes
  bool without_groups = false;            ///< client of TLS 1.2 alone: no supported_groups
};

/// `tickets`, `alpn` and `ask_client_certificate` mean nothing to a session of the old engine.
struct ServerParameters {
  certs::IdentityPtr identity;
  std::vector<std::string> alpn;        ///< what may be selected, in order; none in common: none selected
  std::shared_ptr<TicketKeys> tickets;  ///< null: no session tickets
  /// peer_chain() holds what the client then shows, if anything. Nobody has judged it.
  bool ask_client_certificate = false;
  std::string ticket_context;  ///< a ticket resumes only where this is the same: route and SNI
  Version min_version = Version::tls12;
  Version max_version = Version::tls13;
  Restriction only;
  /// TLS 1.2: 3DES is taken from who has nothing else. Of TLS 1.0 and 1.1 the old engine has its own.
  bool old_suites = false;
  /// Of the old engine: there is nothing newer than what it agrees on, so that nothing else is said by its
  /// random (RFC 8446 section 4.1.3). A client that fell back to TLS 1.1 refuses a server that says so.
  bool has_nothing_newer = false;
  /// TLS 1.2: taken where client and certificate have it; TLS_NULL_WITH_NULL_NULL: the policy's own order.
  CipherSuite preferred_suite = CipherSuite::TLS_NULL_WITH_NULL_NULL;
  std::uint64_t records_per_key = 0;  ///< TLS 1.3: a new key after so many records; 0: as the cipher needs it
  KeylogSink keylog;
  Batching batching;
};

/// `resume`, `alpn`, `hybrid_groups` and what is asked for beside the certificate mean nothing to a session
/// of the old engine.
struct ClientParameters {
  std::string sni;                        // empty, or an IP address: the extension isn't sent
  std::vector<std::string> alpn;          ///< offered, in order; none: no extension
  certs::IdentityPtr client_certificate;  ///< null: an empty Certificate when asked
  bool asks_for_staple = false;  ///< for what an OCSP responder says of its certificate (RFC 6066 section 8)
  bool asks_for_timestamps = false;  ///< for those of logs (RFC 6962 section 3.3)
  std::optional<SavedSession> resume;
  Version min_version = Version::tls12;
  Version max_version = Version::tls13;
  /// Offered before the policy's own groups, if TLS 1.3 is: those of them that are hybrid and that this build
  /// has (X25519MLKEM768, SecP256r1MLKEM768).
  std::vector<std::uint16_t> hybrid_groups;
  Restriction only;
  std::shared_ptr<const void> keeps;  ///< what `only` points into, while the session lives
  bool old_suites = false;            ///< TLS 1.2: 3DES is offered, last
  /// After a newer version than max_version failed: a server that has one refuses (RFC 7507).
  bool is_fallback = false;
  std::uint64_t records_per_key = 0;  ///< as a server's
  KeylogSink keylog;
  Batching batching;
};

}  // namespace mailtap::tls
