#include "tls/survey/hello.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "config/base/text.h"
#include "tls/wire.h"

namespace mailtap::tls::survey {

namespace {

class Writer {
 public:
  void u8(std::size_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(std::size_t value) {
    u8(value >> 8);
    u8(value);
  }
  void raw(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void vector8(Bytes inside) {
    u8(inside.size());
    raw(inside);
  }
  void vector16(Bytes inside) {
    u16(inside.size());
    raw(inside);
  }
  void numbers(const std::vector<std::uint16_t>& values) {
    u16(2 * values.size());
    for (const auto value : values) u16(value);
  }
  void extension(std::uint16_t type, const Writer& body) {
    u16(type);
    vector16(body.bytes_);
  }
  const Buffer& bytes() const { return bytes_; }

 private:
  Buffer bytes_;
};

struct Share {
  std::uint16_t group;
  std::size_t size;
  std::string_view hex;
  std::size_t zeros = 0;  ///< before what is in hex
};

// RFC 7748 section 4, and SEC 2 section 2.4.2 and 2.5.1, uncompressed.
// ML-KEM's numbers are all zero: below the modulus, as FIPS 203 section 7.2 wants them.
constexpr std::array<Share, 7> shares{{
    {group::X25519MLKEM768, 1216, "09", 1184},
    {group::SecP256r1MLKEM768, 1249,
     "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
     "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"},
    {grease::group, 1, "00"},
    {group::x25519, 32, "09"},
    {group::x448, 56, "05"},
    {group::secp256r1, 65,
     "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
     "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"},
    {group::secp384r1, 97,
     "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
     "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"},
}};

const Share* share_of(std::uint16_t group) {
  const auto* found =
      std::find_if(shares.begin(), shares.end(), [&](const Share& share) { return share.group == group; });
  return found == shares.end() ? nullptr : found;
}

std::uint8_t digit(char c) {
  return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

/// What Montgomery's curves leave out at the end is zero.
Buffer bytes_of(const Share& share) {
  Buffer bytes(share.zeros);
  for (std::size_t i = 0; i + 1 < share.hex.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(digit(share.hex[i]) << 4 | digit(share.hex[i + 1])));
  bytes.resize(share.size);
  return bytes;
}

/// RFC 6066 section 3: a list with one host_name.
Writer server_name(std::string_view sni) {
  Writer name;
  name.u8(0);
  name.vector16(as_bytes(sni));
  Writer list;
  list.vector16(name.bytes());
  return list;
}

Writer protocols(const std::vector<std::string>& alpn) {
  Writer names;
  for (const auto& name : alpn) names.vector8(as_bytes(name));
  Writer list;
  list.vector16(names.bytes());
  return list;
}

Writer key_shares(const std::vector<std::uint16_t>& groups) {
  Writer entries;
  for (const auto group : groups) {
    const auto* share = share_of(group);
    if (share == nullptr) continue;
    entries.u16(group);
    entries.vector16(bytes_of(*share));
  }
  Writer list;
  list.vector16(entries.bytes());
  return list;
}

void add_for_tls13(Writer& all, const Hello& hello) {
  Writer versions;
  versions.u8(2 * (1 + hello.other_versions.size()));
  for (const auto version : hello.other_versions)
    if (version > hello.version) versions.u16(version);
  versions.u16(hello.version);
  for (const auto version : hello.other_versions)
    if (version < hello.version) versions.u16(version);
  all.extension(extension::supported_versions, versions);
  all.extension(extension::key_share, key_shares(hello.key_shares));
  Writer modes;  // psk_dhe_ke
  modes.u8(1);
  modes.u8(1);
  all.extension(extension::psk_key_exchange_modes, modes);
}

Writer extensions(const Hello& hello) {
  Writer all;
  const auto add_unknown = [&](std::uint16_t type) {
    Writer byte;
    byte.u8(0);
    all.extension(type, byte);
  };
  for (const auto type : hello.unknown_extensions) add_unknown(type);
  if (!hello.sni.empty() && !is_ip_address(hello.sni))
    all.extension(extension::server_name, server_name(hello.sni));
  if (!hello.groups.empty()) {
    Writer groups;
    groups.numbers(hello.groups);
    all.extension(extension::supported_groups, groups);
    Writer formats;  // uncompressed
    formats.u8(1);
    formats.u8(0);
    if (hello.version < version::tls13) all.extension(extension::ec_point_formats, formats);
  }
  if (hello.version >= version::tls12 && !hello.signature_algorithms.empty()) {
    Writer algorithms;
    algorithms.numbers(hello.signature_algorithms);
    all.extension(extension::signature_algorithms, algorithms);
  }
  if (!hello.alpn.empty())
    all.extension(extension::application_layer_protocol_negotiation, protocols(hello.alpn));
  if (hello.offers_ticket) all.extension(extension::session_ticket, {});
  if (hello.offers_extended_main_secret) all.extension(extension::extended_main_secret, {});
  if (hello.offers_encrypt_then_mac) all.extension(extension::encrypt_then_mac, {});
  if (hello.asks_for_staple) {
    Writer request;  // ocsp, no responders named, no extensions
    request.u8(1);
    request.u16(0);
    request.u16(0);
    all.extension(extension::status_request, request);
  }
  if (hello.offers_heartbeat) {
    Writer mode;  // peer_allowed_to_send
    mode.u8(1);
    all.extension(extension::heartbeat, mode);
  }
  if (hello.version >= version::tls13) {
    add_for_tls13(all, hello);
  } else {
    Writer first_handshake;  // RFC 5746 section 3.4
    first_handshake.u8(0);
    all.extension(extension::renegotiation_info, first_handshake);
  }
  return all;
}

/// `before`: bytes of the message's body that precede the extensions.
Writer padded(Writer all, const Hello& hello, std::size_t before) {
  constexpr std::size_t headers = wire::record_header_size + wire::handshake_header_size;
  constexpr std::size_t shortest_hanging = wire::record_header_size + 256;
  constexpr std::size_t above_hanging = wire::record_header_size + 512;
  const auto size = headers + before + 2 + all.bytes().size();
  auto wanted = hello.min_size;
  if (wanted == 0 && size >= shortest_hanging && size < above_hanging) wanted = above_hanging;
  if (size >= wanted) return all;
  Writer zeros;
  zeros.raw(Buffer(wanted - std::min(wanted, size + 4)));
  all.extension(extension::padding, zeros);
  return all;
}

/// RFC 6101 appendix E.1: RC4, RC4 export, RC2, RC2 export, IDEA, DES, 3DES.
constexpr std::array<std::uint8_t, 21> sslv2_ciphers{0x01, 0x00, 0x80, 0x02, 0x00, 0x80, 0x03,
                                                     0x00, 0x80, 0x04, 0x00, 0x80, 0x05, 0x00,
                                                     0x80, 0x06, 0x00, 0x40, 0x07, 0x00, 0xC0};

}  // namespace

bool Hello::offers(std::uint16_t one) const {
  return one == version ||
         std::find(other_versions.begin(), other_versions.end(), one) != other_versions.end();
}

bool have_share(std::uint16_t group) {
  return share_of(group) != nullptr;
}

Buffer make_hello(const Hello& hello, Bytes random) {
  Writer body;
  body.u16(std::min<std::uint16_t>(hello.version, version::tls12));
  body.raw(random.first(32));
  // TLS 1.3's middlebox compatibility mode (RFC 8446 appendix D.4).
  const bool has_identifier = hello.version >= version::tls13 && hello.in_compatibility_mode;
  body.vector8(has_identifier ? random.subspan(32, 32) : Bytes{});
  body.numbers(hello.suites);
  const Buffer methods = hello.offers_compression ? Buffer{1, 0} : Buffer{0};
  body.vector8(methods);
  if (hello.version > version::ssl30)
    body.vector16(padded(extensions(hello), hello, body.bytes().size()).bytes());

  Writer record;
  record.u8(wire::handshake);
  // The oldest, as clients do for servers that look at it (RFC 5246 appendix E.1).
  record.u16(hello.version == version::ssl30 ? version::ssl30 : version::tls10);
  record.u16(body.bytes().size() + wire::handshake_header_size);
  record.u8(wire::client_hello);
  record.u8(0);
  record.vector16(body.bytes());
  return record.bytes();
}

Buffer make_sslv2_hello(Bytes random) {
  constexpr std::size_t challenge_size = 16;
  Writer message;
  message.u8(wire::client_hello);
  message.u16(version::ssl20);
  message.u16(sslv2_ciphers.size());
  message.u16(0);  // no session to resume
  message.u16(challenge_size);
  message.raw(sslv2_ciphers);
  message.raw(random.first(challenge_size));
  Writer record;
  record.u16(0x8000 | message.bytes().size());  // the header of two bytes
  record.raw(message.bytes());
  return record.bytes();
}

}  // namespace mailtap::tls::survey
