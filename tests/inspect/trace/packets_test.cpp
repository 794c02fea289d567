#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <map>

#include "inspect/trace/pcapng.h"
#include "inspect/trace/tcp_framing.h"

using namespace mailtap;
using tls::Sender;
using trace::IpEndpoint;
using trace::TcpFraming;

namespace {

std::uint32_t word(Bytes bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::uint32_t big32(Bytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

/// RFC 1071 over everything, checksum field included: 0xFFFF when it is right.
std::uint32_t folded(Bytes bytes, std::uint32_t total = 0) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    total += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
  while (total >> 16 != 0) total = (total & 0xFFFF) + (total >> 16);
  return total;
}

const IpEndpoint client{false, {192, 0, 2, 7}, 51000};
const IpEndpoint server{false, {198, 51, 100, 1}, 443};

}  // namespace

TEST_CASE("sequence numbers follow the bytes, and each side acknowledges the other's") {
  TcpFraming tcp(client, server);
  const auto opening = tcp.open();
  CHECK(opening[0][33] == 0x02);
  CHECK(opening[1][33] == 0x12);
  CHECK(opening[2][33] == 0x10);
  const auto hello = tcp.data(Sender::client, as_bytes("hello"));
  CHECK(big32(hello, 24) == 1);
  CHECK(big32(hello, 28) == 1);
  const auto answer = tcp.data(Sender::server, as_bytes("answer"));
  CHECK(big32(answer, 24) == 1);
  CHECK(big32(answer, 28) == 6);
  tcp.skip(Sender::server, 1000);
  const auto end = tcp.end(Sender::server);
  CHECK(big32(end, 24) == 1007);
  CHECK(end[33] == 0x11);
  CHECK(tcp.reset(Sender::client)[33] == 0x14);
}

TEST_CASE("checksums of IPv4 and TCP are right, for odd sizes too") {
  TcpFraming tcp(client, server);
  for (const std::string_view text : {"", "a", "ab", "abc"}) {
    const auto packet = tcp.data(Sender::server, as_bytes(text));
    CHECK(packet.size() == 40 + text.size());
    CHECK(folded(Bytes(packet).first(20)) == 0xFFFF);
    const auto tcp_part = Bytes(packet).subspan(20);
    const auto pseudo =
        folded(Bytes(packet).subspan(12, 8)) + 6 + static_cast<std::uint32_t>(tcp_part.size());
    CHECK(folded(tcp_part, pseudo) == 0xFFFF);
  }
}

TEST_CASE("an IPv4-mapped address is written as IPv4, a true IPv6 address as IPv6") {
  IpEndpoint mapped{true, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 7}, 1};
  CHECK(TcpFraming(mapped, server).data(Sender::client, {})[0] == 0x45);
  IpEndpoint v6{true, {0x20, 0x01, 0x0D, 0xB8}, 1};
  const auto packet = TcpFraming(v6, v6).data(Sender::client, as_bytes("abc"));
  REQUIRE(packet.size() == 63);
  CHECK(packet[0] == 0x60);
  CHECK(packet[6] == 6);
  const auto pseudo = folded(Bytes(packet).subspan(8, 32)) + 6 + 23;
  CHECK(folded(Bytes(packet).subspan(40), pseudo) == 0xFFFF);
}

TEST_CASE("a pcapng file is a chain of blocks whose lengths agree") {
  auto file = trace::pcapng::file_header("mailtap", "test");
  trace::pcapng::add_secrets(file, "CLIENT_RANDOM 00 11\n");
  trace::pcapng::add_packet(file, trace::pcapng::Nanoseconds(std::chrono::nanoseconds(0x1'0000'0005)),
                            as_bytes("packet"), "a comment");
  std::vector<std::uint32_t> types;
  std::size_t at = 0;
  while (at < file.size()) {
    const auto size = word(file, at + 4);
    REQUIRE(size % 4 == 0);
    REQUIRE(at + size <= file.size());
    CHECK(word(file, at + size - 4) == size);
    types.push_back(word(file, at));
    if (types.back() == 10) {
      CHECK(word(file, at + 8) == 0x544C534B);
      CHECK(word(file, at + 12) == 20);
    }
    if (types.back() == 6) {
      CHECK(word(file, at + 12) == 1);
      CHECK(word(file, at + 16) == 5);
      CHECK(word(file, at + 20) == 6);
    }
    at += size;
  }
  CHECK(types == std::vector<std::uint32_t>{0x0A0D0D0A, 1, 10, 6});
}
