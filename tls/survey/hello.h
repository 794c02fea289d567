// Client hellos that ask something: each offers exactly what it is told to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "tls/numbers.h"

namespace mailtap::tls::survey {

struct Hello {
  std::uint16_t version = version::tls12;           ///< the only one offered: ssl30 to tls13
  std::vector<std::uint16_t> suites;                ///< in this order
  std::vector<std::uint16_t> groups;                ///< none: without the extension
  std::vector<std::uint16_t> signature_algorithms;  ///< from TLS 1.2 on; none: without the extension
  /// TLS 1.3: the groups that a share is sent for, of those that have_share(); none: the server has to say
  /// which group it wants (a HelloRetryRequest).
  std::vector<std::uint16_t> key_shares;
  std::string sni;  ///< empty, or an address: without the extension
  std::vector<std::string> alpn;
  bool offers_compression = false;  ///< DEFLATE (RFC 3749)
  bool offers_extended_main_secret = false;
  bool offers_encrypt_then_mac = false;
  bool offers_ticket = false;
  bool offers_heartbeat = false;
  bool asks_for_staple = false;

  bool operator==(const Hello&) const = default;
};

/// Whether a share of that group can be sent. Nobody knows a secret for it that is worth keeping: it is the
/// group's base point, since no handshake is ever finished with it.
bool have_share(std::uint16_t group);

/// How many random bytes a hello takes.
inline constexpr std::size_t hello_random_size = 64;

/// In one record. Of SSL 3.0, without extensions. `random`: hello_random_size bytes.
Buffer make_hello(const Hello& hello, Bytes random);

/// SSL 2.0's CLIENT-HELLO (RFC 6101 appendix E.1 describes its form) with every cipher that SSL 2.0 has.
Buffer make_sslv2_hello(Bytes random);

}  // namespace mailtap::tls::survey
