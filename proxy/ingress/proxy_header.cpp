#include "proxy/ingress/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "tls/byte_reader.h"

namespace mailtap::proxy::ingress {

namespace {

using Found = Result<std::optional<ProxyHeader>>;
using Host = std::array<std::uint8_t, 16>;

// Section 2.1.
constexpr std::string_view v1_signature = "PROXY ";
constexpr std::size_t max_v1 = 107;

// Section 2.2.
constexpr std::array<std::uint8_t, 12> v2_signature{0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                                    0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
constexpr std::size_t v2_fixed = 16;  // signature, version and command, family and transport, length
constexpr std::uint8_t version_2 = 0x2, command_local = 0x0, command_proxy = 0x1;
constexpr std::uint8_t unspecified = 0x0, family_ipv4 = 0x1, family_ipv6 = 0x2, family_unix = 0x3;
constexpr std::uint8_t transport_stream = 0x1;
constexpr std::uint8_t type_crc32c = 0x03;

bool is_v4(const net::Address& address) {
  const auto key = address.host_key();
  return address.family() == AF_INET ||
         (std::all_of(key.begin(), key.begin() + 10, [](auto b) { return b == 0; }) && key[10] == 0xFF &&
          key[11] == 0xFF);
}

std::size_t addresses_size(std::uint8_t family) {
  switch (family) {
    case family_ipv4: return 12;
    case family_ipv6: return 36;
    case family_unix: return 216;
    default: return 0;
  }
}

/// The words of a line, one space between each.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

/// Decimal, without a leading zero.
std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_whole = !text.empty() && read.ec == std::errc{} && read.ptr == text.data() + text.size();
  if (!is_whole || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return port;
}

std::optional<net::Address> address_of(std::string_view host, std::string_view port, int family) {
  const auto number = port_of(port);
  if (!number) return std::nullopt;
  auto address = net::Address::parse(std::string(host), *number);
  if (!address || address->family() != family) return std::nullopt;
  return address;
}

Found parse_v1(std::string_view stream) {
  const auto end = stream.substr(0, max_v1).find("\r\n");
  if (end == std::string_view::npos) {
    if (stream.size() >= max_v1) return fail("a PROXY header of version 1 that is longer than 107 bytes");
    return std::nullopt;
  }
  ProxyHeader header{{}, end + 2};
  const auto words = words_of(stream.substr(0, end));
  if (words[1] == "UNKNOWN") return header;  // whatever follows
  const int family = words[1] == "TCP4" ? AF_INET : words[1] == "TCP6" ? AF_INET6 : AF_UNSPEC;
  if (family == AF_UNSPEC) return fail("a PROXY header of neither TCP4 nor TCP6 nor UNKNOWN");
  if (words.size() != 6) return fail("a PROXY header without two addresses and two ports");
  const auto source = address_of(words[2], words[4], family);
  const auto destination = address_of(words[3], words[5], family);
  if (!source || !destination) return fail("a PROXY header with an address or port that is none");
  header.ends = ProxyHeader::Ends{*source, *destination};
  return header;
}

/// Walks through what follows the addresses (section 2.2: type, length, value), and checks the checksum if it
/// is there.
Result<void> check_tlvs(Bytes header, std::size_t begin) {
  tls::ByteReader reader(header.subspan(begin));
  bool has_checksum = false;
  while (!reader.empty()) {
    const auto type = reader.u8();
    const auto value = reader.vector16();
    if (reader.failed()) return fail("a PROXY header with a TLV that reaches beyond its end");
    if (type != type_crc32c) continue;
    if (value.size() != 4 || has_checksum) return fail("a PROXY header with a checksum that is none");
    has_checksum = true;
    const auto sent = tls::ByteReader(value).u32();
    Buffer zeroed(header.begin(), header.end());
    std::fill_n(zeroed.begin() + (value.data() - header.data()), 4, std::uint8_t{0});
    if (crc32c(zeroed) != sent) return fail("a PROXY header whose checksum (CRC32c) is wrong");
  }
  return {};
}

net::Address read_address(Bytes host, std::uint16_t port) {
  Host key{};
  if (host.size() == 4) key[10] = key[11] = 0xFF;
  std::copy(host.begin(), host.end(), key.end() - static_cast<std::ptrdiff_t>(host.size()));
  return net::Address::from_key(key, port);
}

Found parse_v2(Bytes stream) {
  if (stream.size() < v2_fixed) return std::nullopt;
  tls::ByteReader reader(stream.subspan(v2_signature.size(), 4));
  const auto version_and_command = reader.u8();
  const auto family_and_transport = reader.u8();
  const std::size_t size = v2_fixed + reader.u16();
  const auto command = version_and_command & 0x0F;
  const auto family = static_cast<std::uint8_t>(family_and_transport >> 4);
  const auto transport = family_and_transport & 0x0F;
  if (version_and_command >> 4 != version_2) return fail("a PROXY header of a version other than 1 and 2");
  if (command != command_local && command != command_proxy)
    return fail("a PROXY header with a command that is neither LOCAL nor PROXY");
  if (family > family_unix || transport > 2) return fail("a PROXY header of an unknown address family");
  if (size > max_proxy_header) return fail("a PROXY header that is longer than 8 KiB");
  if (stream.size() < size) return std::nullopt;

  const auto header = stream.first(size);
  ProxyHeader found{{}, size};
  // LOCAL's block is to be discarded whatever it is, and AF_UNSPEC's has no known shape.
  if (command == command_local || family == unspecified) return found;
  const auto tlvs_at = v2_fixed + addresses_size(family);
  if (tlvs_at > size) return fail("a PROXY header that is too short for its addresses");
  if (auto checked = check_tlvs(header, tlvs_at); !checked) return tl::unexpected(checked.error());
  if (family == family_unix) return found;
  if (transport != transport_stream) return fail("a PROXY header of a connection that isn't TCP's");
  const std::size_t host_size = family == family_ipv4 ? 4 : 16;
  tls::ByteReader addresses(header.subspan(v2_fixed));
  const auto source = addresses.take(host_size);
  const auto destination = addresses.take(host_size);
  const auto source_port = addresses.u16();
  found.ends =
      ProxyHeader::Ends{read_address(source, source_port), read_address(destination, addresses.u16())};
  return found;
}

void append_number(Buffer& to, std::uint16_t number) {
  to.push_back(static_cast<std::uint8_t>(number >> 8));
  to.push_back(static_cast<std::uint8_t>(number));
}

/// ADDRESS without port and brackets; as IPv6 if wanted, IPv4-mapped then.
std::string host_text(const net::Address& address, bool as_v4) {
  auto text = address.to_string();
  text.resize(text.rfind(':'));
  if (text.starts_with('[')) return text.substr(1, text.size() - 2);
  return as_v4 ? text : "::ffff:" + text;
}

Buffer make_v1(const net::Address& source, const net::Address& destination) {
  std::string line(v1_signature);
  if (source.family() == AF_UNSPEC || destination.family() == AF_UNSPEC) {
    line += "UNKNOWN";
  } else {
    const bool as_v4 = is_v4(source) && is_v4(destination);
    line += as_v4 ? "TCP4 " : "TCP6 ";
    line += host_text(source, as_v4) + ' ' + host_text(destination, as_v4) + ' ' +
            std::to_string(source.port()) + ' ' + std::to_string(destination.port());
  }
  line += "\r\n";
  const auto bytes = as_bytes(line);
  return {bytes.begin(), bytes.end()};
}

Buffer make_v2(const net::Address& source, const net::Address& destination) {
  Buffer header(v2_signature.begin(), v2_signature.end());
  if (source.family() == AF_UNSPEC || destination.family() == AF_UNSPEC) {
    header.insert(header.end(), {version_2 << 4 | command_local, 0, 0, 0});
    return header;
  }
  const bool as_v4 = is_v4(source) && is_v4(destination);
  const auto family = as_v4 ? family_ipv4 : family_ipv6;
  header.push_back(version_2 << 4 | command_proxy);
  header.push_back(static_cast<std::uint8_t>(family << 4 | transport_stream));
  append_number(header, static_cast<std::uint16_t>(addresses_size(family)));
  for (const auto* address : {&source, &destination}) {
    const auto key = address->host_key();
    header.insert(header.end(), as_v4 ? key.begin() + 12 : key.begin(), key.end());
  }
  append_number(header, source.port());
  append_number(header, destination.port());
  return header;
}

}  // namespace

Found parse_proxy_header(Bytes stream) {
  const auto begins_like = [&](Bytes signature) {
    const auto both = std::min(stream.size(), signature.size());
    return std::equal(signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(both),
                      stream.begin());
  };
  const bool like_v1 = begins_like(as_bytes(v1_signature));
  const bool like_v2 = begins_like(v2_signature);
  if (!like_v1 && !like_v2) return fail("no PROXY header");
  if (like_v1 && stream.size() >= v1_signature.size()) return parse_v1(as_text(stream));
  if (like_v2 && stream.size() >= v2_signature.size()) return parse_v2(stream);
  return std::nullopt;
}

Buffer make_proxy_header(config::ProxyVersion version, const net::Address& source,
                         const net::Address& destination) {
  switch (version) {
    case config::ProxyVersion::none: return {};
    case config::ProxyVersion::v1: return make_v1(source, destination);
    case config::ProxyVersion::v2: return make_v2(source, destination);
  }
  return {};
}

std::uint32_t crc32c(Bytes bytes) {
  static constexpr auto table = [] {
    constexpr std::uint32_t reversed_polynomial = 0x82F63B78;
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < made.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit)
        value = (value & 1) != 0 ? value >> 1 ^ reversed_polynomial : value >> 1;
      made[i] = value;
    }
    return made;
  }();
  std::uint32_t crc = ~std::uint32_t{0};
  for (const auto byte : bytes) crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF];
  return ~crc;
}

}  // namespace mailtap::proxy::ingress
