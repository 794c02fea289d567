// The client's first message (RFC 8446 section 4.1.2), read before anything is decided.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::tls {

struct ClientHello {
  std::uint16_t legacy_version = 0;
  Buffer random;
  Buffer session_id;
  std::vector<std::uint16_t> cipher_suites;       ///< in order, GREASE included
  std::vector<std::uint16_t> extensions;          ///< types in order, GREASE included
  std::string sni;                                ///< empty: none
  std::vector<std::string> alpn;                  ///< in order
  std::vector<std::uint16_t> supported_versions;  ///< empty: the extension is absent (TLS 1.2 or older)
  std::vector<std::uint16_t> groups;
  std::vector<std::uint16_t> signature_algorithms;
  std::vector<std::uint16_t> key_share_groups;
  std::vector<std::uint16_t> point_formats;  ///< ec_point_formats (RFC 8422 section 5.1.2), one byte each
  bool in_sslv2_format = false;  ///< RFC 5246 appendix E.2, as SChannel sends it where SSL 2 is switched on
  bool offers_ticket = false;    ///< a session ticket or a pre-shared key is in it
  std::size_t size = 0;          ///< bytes of the stream that it took, record headers included

  /// The newest version offered, GREASE left out: 0x0304 for TLS 1.3.
  std::uint16_t highest_version() const;
  /// Nothing newer than TLS 1.1: mbedTLS 3.6 can't answer it.
  bool is_legacy() const;
  /// It says that it has tried a newer version in vain (TLS_FALLBACK_SCSV, RFC 7507 section 4).
  bool is_fallback() const;
};

/// Why a stream isn't, or can't become, an acceptable hello.
struct HelloError : Error {
  /// The one that the RFC wants, where the peer speaks TLS; nothing: it wouldn't understand any.
  std::optional<int> alert;
};

/// Largest hello accepted, with the message's header: each of its vectors may be as long as can be (RFC 8446
/// section 4.1.2).
inline constexpr std::size_t max_client_hello = 4 + 2 + 32 + (1 + 32) + (2 + 65534) + (1 + 255) + (2 + 65535);
/// The same in records. One of up to 43 KB may come in records of a byte.
inline constexpr std::size_t max_client_hello_stream = 2 * max_client_hello;

/// `stream`: all bytes received so far. Nothing: more are needed. Error: this isn't a client hello, and
/// the message says what it looks like instead (HTTP in plain text, an SMTP greeting).
tl::expected<std::optional<ClientHello>, HelloError> parse_client_hello(Bytes stream);

/// Whether calling parse_client_hello() again is worth it: a hello that comes in pieces of a byte would be
/// parsed at each of them from its beginning.
class HelloProgress {
 public:
  /// `stream`: as there, more each time. False: its answer would be that more bytes are needed.
  bool is_worth_parsing(Bytes stream);

 private:
  bool take(Bytes fragment);

  std::size_t at_ = 0;  ///< of the first record that isn't complete
  Buffer header_;       ///< of the message
  std::size_t gathered_ = 0;
};

/// The same from a handshake message's body, its header left out; `size` stays 0.
Result<ClientHello> parse_client_hello_message(Bytes body);

}  // namespace mailtap::tls
