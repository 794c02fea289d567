// A session of ours that can be made to send what ours never do.
#pragma once

#include <array>
#include <optional>

#include "tests/tls/pair.h"
#include "tls/engine/mbedtls_session.h"

namespace mailtap::tests {

/// Of one version, with a certificate for mail.example as a server.
class RawSession : public tls::MbedtlsSession {
 public:
  /// `groups`: the only ones of key exchange, the first of which a client has a share for; none: the usual.
  RawSession(tls::Sender role, tls::Version version, certs::IdentityPtr identity = nullptr,
             std::vector<std::uint16_t> groups = {});

  /// A record under the keys of the moment. What is written after it has the next number.
  void send_record(std::uint8_t type, Bytes content);
  /// RFC 8446 section 4.6.3, in `pieces` records of a byte each, or in one.
  void send_key_update(bool requested, bool in_pieces = false);
  /// Goes on with the next key of its own, as after a KeyUpdate.
  void go_on_with_next_key();
  /// Client: puts its hello and `bytes` of early data into outgoing(). How many of them could be written.
  std::size_t write_early_data(std::size_t bytes);
  /// Client: the session to be resumed, with early data whatever its ticket says.
  void resume(const tls::SavedSession& saved, std::uint32_t max_early_data);
  /// Server: gives tickets that invite early data, and takes none of them.
  void give_foreign_tickets();

  void limit_suite(int suite);
  /// Server, TLS 1.2.
  void ask_for_renegotiation();

  mbedtls_ssl_context& ssl() { return ssl_; }

 private:
  certs::IdentityPtr identity_;
  std::vector<std::uint16_t> groups_;
  std::array<int, 2> suites_{};
};

struct RawPeersOptions {
  tls::Version version = tls::Version::tls13;
  std::uint64_t records_per_key = 0;  ///< of ours
  int suite = 0;                      ///< the only one of the other side; 0: the usual
};

/// One side ours, the other one that can be made to send anything, after their handshake.
struct RawPeers {
  explicit RawPeers(tls::Sender raw_role, const RawPeersOptions& options = {});

  std::optional<Pair> pair;
  RawSession* raw = nullptr;
  tls::Session* ours = nullptr;
};

}  // namespace mailtap::tests
