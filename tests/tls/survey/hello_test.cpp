#include "tls/survey/hello.h"

#include <catch2/catch_test_macros.hpp>

#include "server.h"
#include "tls/client_hello.h"
#include "tls/hello_check.h"
#include "tls/survey/suites.h"

using namespace mailtap;
using namespace mailtap::tls::survey;
using namespace mailtap::test;

namespace {

tls::ClientHello parsed(const Hello& hello) {
  const auto bytes = make_hello(hello, some_random());
  const auto read = tls::parse_client_hello(bytes);
  REQUIRE(read);
  REQUIRE(read->has_value());
  CHECK((*read)->size == bytes.size());
  return **read;
}

Bytes body_of(const Buffer& hello) {
  return Bytes(hello).subspan(tls::wire::record_header_size + tls::wire::handshake_header_size);
}

}  // namespace

TEST_CASE("a hello offers what it is told to, in that order") {
  Hello hello;
  hello.suites = {0xC030, 0x002F};
  hello.groups = {23, 29};
  hello.signature_algorithms = {0x0401, 0x0201};
  hello.sni = "mail.contoso.com";
  hello.alpn = {"smtp", "imap"};
  const auto read = parsed(hello);
  CHECK(read.highest_version() == tls::version::tls12);
  CHECK(read.cipher_suites == hello.suites);
  CHECK(read.groups == hello.groups);
  CHECK(read.signature_algorithms == hello.signature_algorithms);
  CHECK(read.sni == hello.sni);
  CHECK(read.alpn == hello.alpn);
}

TEST_CASE("a hello of TLS 1.3 offers that version alone, with shares of the groups that have any") {
  Hello hello;
  hello.version = tls::version::tls13;
  hello.suites = tls13_suites();
  hello.groups = tls13_groups();
  hello.signature_algorithms = tls13_signature_algorithms();
  hello.key_shares = {29, 23, 24, 30, 25};
  const auto read = parsed(hello);
  CHECK(read.supported_versions == std::vector<std::uint16_t>{tls::version::tls13});
  CHECK(read.key_share_groups == std::vector<std::uint16_t>{29, 23, 24, 30});
}

TEST_CASE("a server that follows the RFCs finds no fault in the survey's hellos") {
  for (const auto version : {tls::version::tls10, tls::version::tls12, tls::version::tls13}) {
    Hello hello;
    hello.version = version;
    hello.suites = version == tls::version::tls13 ? tls13_suites() : suite_lists().front();
    hello.groups = version == tls::version::tls13 ? tls13_groups() : curves();
    hello.signature_algorithms = signature_algorithms();
    hello.offers_ticket = hello.offers_heartbeat = hello.asks_for_staple = true;
    hello.offers_extended_main_secret = hello.offers_encrypt_then_mac = true;
    const auto bytes = make_hello(hello, some_random());
    const auto fault = tls::fault_of_client_hello(body_of(bytes), version);
    INFO((fault ? fault->detail : ""));
    CHECK_FALSE(fault);
  }
}

TEST_CASE("no hello has a size at which some servers never answer, unless it is to have it") {
  Hello hello;
  hello.suites = {0x000A};
  for (std::size_t name = 1; name < 254; ++name) {
    hello.sni = std::string(name, 'n');
    const auto message = make_hello(hello, some_random()).size() - tls::wire::record_header_size;
    CHECK((message < 256 || message >= 512));
    CHECK(message < 520);
    CHECK(parsed(hello).sni == hello.sni);
  }
  hello.sni = "mail.contoso.com";
  hello.min_size = 384;
  CHECK(make_hello(hello, some_random()).size() == 384);
}

TEST_CASE("a hello of SSL 3.0 has no extensions, and an address is no SNI") {
  Hello hello;
  hello.version = tls::version::ssl30;
  hello.suites = {0x000A};
  hello.sni = "mail.contoso.com";
  CHECK(parsed(hello).extensions.empty());
  hello.version = tls::version::tls10;
  hello.sni = "192.0.2.1";
  CHECK(parsed(hello).sni.empty());
}

TEST_CASE("the hello of SSL 2.0 is one") {
  const auto bytes = make_sslv2_hello(some_random());
  REQUIRE(bytes.size() == 2 + 9 + 21 + 16);
  CHECK(bytes[0] == 0x80);
  CHECK(bytes[1] == bytes.size() - 2);
  CHECK(Buffer(bytes.begin() + 2, bytes.begin() + 5) == Buffer{1, 0, 2});
}

TEST_CASE("each list of suites is short enough for servers that choke on more, and none is in two") {
  std::vector<std::uint16_t> all;
  for (const auto& list : suite_lists()) {
    CHECK(list.size() <= 100);
    all.insert(all.end(), list.begin(), list.end());
  }
  CHECK(all.size() > 200);
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}
