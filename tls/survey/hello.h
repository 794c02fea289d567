// Client hellos that ask something: each offers exactly what it is told to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "tls/numbers.h"

namespace mailtap::tls::survey {

struct Hello {
  std::uint16_t version = version::tls12;           ///< ssl30 to tls13; the only one, but for other_versions
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
  /// Offered besides: of TLS 1.3 in its extension, those that nobody knows first; older ones of an older
  /// hello are only what its server may go down to.
  std::vector<std::uint16_t> other_versions;
  std::vector<std::uint16_t> unknown_extensions;  ///< their types; each has one byte
  bool in_compatibility_mode = true;  ///< TLS 1.3: with a session identifier (RFC 8446 appendix D.4)
  /// Of the record, reached by padding (RFC 7685). 0: as many bytes as it takes, but for those sizes at which
  /// F5's load balancers never answer: messages of 256 to 511 bytes.
  std::size_t min_size = 0;

  /// Whether a server may answer in that version.
  bool offers(std::uint16_t one) const;

  bool operator==(const Hello&) const = default;
};

/// Whether a share of that group can be sent. Nobody knows a secret for it that is worth keeping: it is the
/// group's base point, since no handshake is ever finished with it; and an ML-KEM key of zeros.
bool have_share(std::uint16_t group);

/// Values that nobody ever defines, for peers to get used to what they don't know (RFC 8701).
namespace grease {
inline constexpr std::uint16_t version = 0x7A7A, suite = 0xDADA, extension = 0x6A6A, last_extension = 0x9A9A,
                               group = 0x5A5A, signature_algorithm = 0x4A4A;
}

/// A name that no server has (RFC 6761 section 6.4).
inline constexpr auto nobodys_name = "mailtap-survey.invalid";

/// How many random bytes a hello takes.
inline constexpr std::size_t hello_random_size = 64;

/// In one record. Of SSL 3.0, without extensions. `random`: hello_random_size bytes.
Buffer make_hello(const Hello& hello, Bytes random);

/// SSL 2.0's CLIENT-HELLO (RFC 6101 appendix E.1 describes its form) with every cipher that SSL 2.0 has.
Buffer make_sslv2_hello(Bytes random);

}  // namespace mailtap::tls::survey
