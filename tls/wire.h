// TLS as it is on the wire: records (RFC 8446 section 5.1), handshake messages (section 4) and the fields of
// the messages that are sent in the clear. Bytes in, values out; no I/O and no cryptography.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "tls/mbedtls/limits.h"
#include "tls/numbers.h"

namespace mailtap::tls::wire {

using enum ContentType;
using enum HandshakeType;

/// Largest fragment of a protected record (RFC 5246 section 6.2.3: 2^14 + 2048).
inline constexpr std::size_t max_fragment = 16384 + 2048;
/// Largest fragment before protection (RFC 8446 section 5.1).
inline constexpr std::size_t max_plaintext = 16384;
/// Longest handshake message that is read, with its header.
inline constexpr std::size_t max_handshake_message = MAILTAP_MAX_CERTIFICATE_MESSAGE;
inline constexpr std::size_t record_header_size = 5;
inline constexpr std::size_t handshake_header_size = 4;

struct Record {
  std::uint8_t type = 0;  ///< ContentType, or what was there instead
  std::uint16_t version = 0;
  Bytes fragment;
};

/// Records of one direction, from pieces of any size. An error is for good.
class RecordReader {
 public:
  void append(Bytes bytes);
  /// The next record, its view valid until the next call of append(); nothing: more bytes are needed.
  Result<std::optional<Record>> next();

 private:
  Buffer held_;
  std::size_t start_ = 0;
};

struct HandshakeMessage {
  std::uint8_t type = 0;  ///< HandshakeType
  Bytes body;
};

/// Handshake messages from the fragments of handshake records: one may span several, or share one.
class HandshakeReader {
 public:
  /// Messages longer than `limit` are an error.
  explicit HandshakeReader(std::size_t limit = max_handshake_message) : limit_(limit) {}
  void append(Bytes fragment);
  Result<std::optional<HandshakeMessage>> next();

 private:
  std::size_t limit_;
  Buffer held_;
  std::size_t start_ = 0;
};

struct ServerHello {
  std::uint16_t version = 0;  ///< the one selected: supported_versions', else legacy_version
  Buffer random;
  Buffer session_id;
  std::uint16_t cipher_suite = 0;
  std::uint8_t compression = 0;        ///< before TLS 1.3 the method that was selected; 0: none
  std::optional<std::uint16_t> group;  ///< key_share's
  bool has_psk = false;                ///< pre_shared_key: a TLS 1.3 session is resumed
  bool hello_retry_request = false;
  std::vector<std::uint16_t> extensions;  ///< types, in order
  std::string alpn;                       ///< TLS 1.2: the protocol selected; empty: none, or TLS 1.3
};
Result<ServerHello> parse_server_hello(Bytes body);

/// The named curve of an ECDHE ServerKeyExchange (RFC 8422 section 5.4); nothing for an explicit curve.
std::optional<std::uint16_t> parse_server_key_exchange_group(Bytes body);

/// The DER certificates of a TLS 1.2 Certificate message (RFC 5246 section 7.4.2).
Result<std::vector<Buffer>> parse_tls12_certificate(Bytes body);
/// Those of a TLS 1.3 one (RFC 8446 section 4.4.2), each entry's extensions left out.
Result<std::vector<Buffer>> parse_tls13_certificate(Bytes body);

}  // namespace mailtap::tls::wire
