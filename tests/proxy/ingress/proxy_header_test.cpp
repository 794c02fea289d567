#include "proxy/ingress/proxy_header.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace mailtap;
using namespace mailtap::proxy::ingress;
using namespace std::string_literals;

namespace {

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string number(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

/// A header of version 2 with its right length.
std::string v2(char command, char family, const std::string& rest) {
  return signature + command + family + number(rest.size()) + rest;
}

/// 192.0.2.7:50000 to 198.51.100.1:443.
const std::string v4_addresses = "\xC0\x00\x02\x07\xC6\x33\x64\x01\xC3\x50\x01\xBB"s;

std::string tlv(char type, const std::string& value) {
  return type + number(value.size()) + value;
}

/// `rest` and a TLV of the checksum of the whole header.
std::string with_checksum(char command, char family, const std::string& rest) {
  auto header = v2(command, family, rest + tlv(3, "\0\0\0\0"s));
  const auto crc = crc32c(as_bytes(header));
  for (int i = 0; i < 4; ++i)
    header[header.size() - 4 + static_cast<std::size_t>(i)] = static_cast<char>(crc >> (24 - 8 * i));
  return header;
}

/// "SOURCE > DESTINATION (size)", "own addresses (size)", "need more", or the error.
std::string parsed(const std::string& stream) {
  const auto header = parse_proxy_header(as_bytes(stream));
  if (!header) return header.error().message;
  if (!*header) return "need more";
  const auto& ends = (*header)->ends;
  return (ends ? ends->source.to_string() + " > " + ends->destination.to_string() : "own addresses") + " (" +
         std::to_string((*header)->size) + ")";
}

std::string text_of(const Buffer& bytes) {
  return std::string(as_text(bytes));
}

}  // namespace

TEST_CASE("a header of version 1 tells the client and what it connected to") {
  CHECK(parsed("PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\nrest") ==
        "192.0.2.7:50000 > 198.51.100.1:443 (45)");
  CHECK(parsed("PROXY TCP6 2001:db8::7 2001:db8::1 50000 443\r\n") ==
        "[2001:db8::7]:50000 > [2001:db8::1]:443 (46)");
  CHECK(parsed("PROXY UNKNOWN\r\n") == "own addresses (15)");
  CHECK(parsed("PROXY UNKNOWN ffff:f...f:ffff 65535 65535\r\n") == "own addresses (43)");
}

TEST_CASE("a header of version 1 is read strictly") {
  for (const auto* wrong :
       {"PROXY TCP4 192.0.2.7 198.51.100.1 50000\r\n", "PROXY TCP4 192.0.2.7 198.51.100.1 50000 443 \r\n",
        "PROXY TCP4  192.0.2.7 198.51.100.1 50000 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 50000 0443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 50000 65536\r\n", "PROXY TCP4 192.0.2.7 198.51.100.1 -1 443\r\n",
        "PROXY TCP4 2001:db8::7 2001:db8::1 1 443\r\n", "PROXY TCP6 192.0.2.7 198.51.100.1 1 443\r\n",
        "PROXY UDP4 192.0.2.7 198.51.100.1 1 443\r\n", "PROXY TCP4 mail.test 198.51.100.1 1 443\r\n",
        "PROXY \r\n", "PROXY TCP4\r\n", "proxy TCP4 192.0.2.7 198.51.100.1 50000 443\r\n"}) {
    INFO(wrong);
    CHECK_FALSE(parse_proxy_header(as_bytes(wrong)));
  }
}

TEST_CASE("a line of version 1 that doesn't end is given up after 107 bytes") {
  const auto line = "PROXY UNKNOWN " + std::string(200, 'x');
  CHECK(parsed(line.substr(0, 106)) == "need more");
  CHECK(parsed(line.substr(0, 107)) == "a PROXY header of version 1 that is longer than 107 bytes");
  CHECK(parsed("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n") == "own addresses (107)");
  CHECK(parsed("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n") ==
        "a PROXY header of version 1 that is longer than 107 bytes");
}

TEST_CASE("a header of version 2 tells the client and what it connected to") {
  CHECK(parsed(v2(0x21, 0x11, v4_addresses) + "rest") == "192.0.2.7:50000 > 198.51.100.1:443 (28)");
  const auto host = "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0"s;
  CHECK(parsed(v2(0x21, 0x21, host + "\x07" + host + "\x01\xC3\x50\x01\xBB")) ==
        "[2001:db8::7]:50000 > [2001:db8::1]:443 (52)");
}

TEST_CASE("of LOCAL, an unknown family and a socket's path the connection's own addresses hold") {
  CHECK(parsed(v2(0x20, 0x00, "")) == "own addresses (16)");
  CHECK(parsed(v2(0x20, 0x11, v4_addresses)) == "own addresses (28)");
  CHECK(parsed(v2(0x20, 0x11, "short")) == "own addresses (21)");
  CHECK(parsed(v2(0x21, 0x00, "")) == "own addresses (16)");
  CHECK(parsed(v2(0x21, 0x31, std::string(216, 'p'))) == "own addresses (232)");
}

TEST_CASE("what a sender adds to version 2 is passed over") {
  const auto added = v4_addresses + tlv(0x02, "mail.test") + tlv(0x04, "") + tlv(0x20, std::string(500, 's'));
  CHECK(parsed(v2(0x21, 0x11, added)) ==
        "192.0.2.7:50000 > 198.51.100.1:443 (" + std::to_string(16 + added.size()) + ")");
}

TEST_CASE("the checksum of version 2 is checked where there is one") {
  CHECK(crc32c(as_bytes("123456789")) == 0xE3069283);  // the CRC catalogue's check value
  const auto good = with_checksum(0x21, 0x11, v4_addresses + tlv(0x02, "mail.test"));
  CHECK(parsed(good).starts_with("192.0.2.7:50000"));
  for (const std::size_t at : {16U, 26U, 32U}) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    CHECK(parsed(bad) == "a PROXY header whose checksum (CRC32c) is wrong");
  }
  CHECK(parsed(v2(0x21, 0x11, v4_addresses + tlv(3, "abc"))) ==
        "a PROXY header with a checksum that is none");
}

TEST_CASE("a wrong header of version 2 is refused") {
  CHECK(parsed(v2(0x11, 0x11, v4_addresses)) == "a PROXY header of a version other than 1 and 2");
  CHECK(parsed(v2(0x22, 0x11, v4_addresses)) ==
        "a PROXY header with a command that is neither LOCAL nor PROXY");
  CHECK(parsed(v2(0x21, 0x41, v4_addresses)) == "a PROXY header of an unknown address family");
  CHECK(parsed(v2(0x21, 0x12, v4_addresses)) == "a PROXY header of a connection that isn't TCP's");
  CHECK(parsed(v2(0x21, 0x11, v4_addresses.substr(1))) ==
        "a PROXY header that is too short for its addresses");
  CHECK(parsed(v2(0x21, 0x11,
                  v4_addresses + "\x02\x00\x05"
                                 "abc"s)) == "a PROXY header with a TLV that reaches beyond its end");
}

TEST_CASE("a header of version 2 is bounded, and refused before its bytes have come") {
  CHECK(parsed(signature + "\x21\x11" + number(max_proxy_header)) ==
        "a PROXY header that is longer than 8 KiB");
  CHECK(parsed(signature + "\x21\x11" + number(max_proxy_header - 16)) == "need more");
}

TEST_CASE("a header may come byte by byte, and anything else is refused at its first wrong byte") {
  for (const auto& whole : {"PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n"s, v2(0x21, 0x11, v4_addresses)})
    for (std::size_t size = 0; size < whole.size(); ++size) {
      INFO(size);
      CHECK(parsed(whole.substr(0, size)) == "need more");
    }
  CHECK(parsed("\x16\x03\x01") == "no PROXY header");
  CHECK(parsed("PROXI") == "no PROXY header");
  CHECK(parsed("\r\n\r\n\r") == "no PROXY header");
}

TEST_CASE("a header made is the header read") {
  using config::ProxyVersion;
  const auto client = *net::Address::parse("192.0.2.7", 50000);
  const auto server = *net::Address::parse("198.51.100.1", 443);
  const auto client6 = *net::Address::parse("2001:db8::7", 50000);
  CHECK(text_of(make_proxy_header(ProxyVersion::v1, client, server)) ==
        "PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n");
  CHECK(text_of(make_proxy_header(ProxyVersion::v2, client, server)) == v2(0x21, 0x11, v4_addresses));
  for (const auto version : {ProxyVersion::v1, ProxyVersion::v2}) {
    CHECK(
        parsed(text_of(make_proxy_header(version, client6, client6))).starts_with("[2001:db8::7]:50000 > "));
    CHECK(parsed(text_of(make_proxy_header(version, {}, server))).starts_with("own addresses"));
  }
  // Two families: the IPv4 one as IPv4-mapped.
  CHECK(text_of(make_proxy_header(ProxyVersion::v1, client6, server)) ==
        "PROXY TCP6 2001:db8::7 ::ffff:198.51.100.1 50000 443\r\n");
  CHECK(make_proxy_header(ProxyVersion::none, client, server).empty());
}
