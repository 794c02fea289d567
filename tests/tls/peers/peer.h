// TLS stacks that aren't ours, in memory, as the other side of a tls::Session. A fault that both of our sides
// have cancels out between two sessions of ours; it doesn't here.
//
//   identity.h           keys and certificates of every kind
//   openssl_peer.cpp     libssl
//   gnutls_peer.cpp      libgnutls
//   tables.h             what our sessions offer
//   conversation.h       a session of ours and a peer, joined
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "tests/tls/peers/identity.h"

namespace mailtap::tests {

/// What a peer is and offers. Numbers are IANA's; 0: the stack's own choice.
struct PeerParameters {
  bool is_server = false;
  std::uint16_t version = 0x0303;  ///< the only one
  std::uint16_t cipher_suite = 0;
  std::uint16_t group = 0;
  std::uint16_t signature_algorithm = 0;
  bool encrypt_then_mac = true;
  bool extended_master_secret = true;
  bool tickets = true;                     ///< a server without them remembers sessions by their identifiers
  const PeerIdentity* identity = nullptr;  ///< a client's is shown if it is asked for
  bool asks_for_certificate = false;       ///< a server
  // A server of OpenSSL's adds these to its certificate, for who asks for them; empty: it has none.
  std::string staple{};      ///< an OCSPResponse
  std::string timestamps{};  ///< a SignedCertificateTimestampList
};

/// One connection.
class Peer {
 public:
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  virtual void feed(Bytes ciphertext) = 0;
  virtual Buffer take_outgoing() = 0;

  enum class State { waits, established, failed };
  virtual State handshake() = 0;
  virtual bool write(Bytes plaintext) = 0;
  /// All that there is. `closed()` says whether close_notify came after it.
  virtual std::string read() = 0;
  virtual bool closed() const = 0;
  virtual void close_notify() = 0;

  virtual bool resumed() const = 0;
  virtual bool was_shown_certificate() const = 0;
  virtual std::string error() const = 0;

 protected:
  Peer() = default;
};

/// Makes connections of one kind, and remembers their sessions.
class PeerContext {
 public:
  virtual ~PeerContext() = default;
  PeerContext(const PeerContext&) = delete;
  PeerContext& operator=(const PeerContext&) = delete;

  /// A client resumes the last connection's session, if there was one, where `resume` says so. The context
  /// outlives its connections.
  virtual std::unique_ptr<Peer> connect(bool resume) = 0;

 protected:
  PeerContext() = default;
};

/// An error says what the stack can't speak: "OpenSSL 3.0.19 has no TLS_RSA_WITH_RC4_128_SHA".
Result<std::unique_ptr<PeerContext>> openssl_peer(const PeerParameters& parameters);
Result<std::unique_ptr<PeerContext>> gnutls_peer(const PeerParameters& parameters);

}  // namespace mailtap::tests
