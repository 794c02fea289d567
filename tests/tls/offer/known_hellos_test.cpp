#include "tls/offer/known_hellos.h"

#include <catch2/catch_test_macros.hpp>

#include "config/base/text.h"
#include "hellos.h"
#include "tls/ja4.h"

using namespace mailtap;
using namespace mailtap::test;
using namespace mailtap::tls::offer;

TEST_CASE("each hello of the table is found by its name and by its JA4") {
  REQUIRE(known_hellos().size() >= 10);
  for (const auto& each : known_hellos()) {
    INFO(each.name);
    REQUIRE(find_hello(each.name) == &each);
    CHECK_FALSE(each.source.empty());
    const auto* same = find_hello(tls::ja4(parsed(each.stream)));
    REQUIRE(same != nullptr);
    CHECK(tls::ja4(parsed(same->stream)) == tls::ja4(parsed(each.stream)));
  }
  CHECK(find_hello("netscape-4") == nullptr);
}

TEST_CASE("a line that holds no hello is told by its number") {
  CHECK(read_hellos("# a remark\nname\tsource\t16030100\n").error().message.starts_with("hellos.tsv:2: "));
  CHECK(read_hellos("name\tsource\tzz\n").error().message.starts_with("hellos.tsv:1: "));
  CHECK(read_hellos("")->empty());
}

TEST_CASE("a file holds a hello as it was sent, in hex, or as Wireshark copies it without its record") {
  const auto stream = resuming_hello();
  CHECK(hello_in(stream).value() == stream);
  auto hex = to_hex(stream);
  CHECK(hello_in(as_bytes(hex)).value() == stream);
  for (std::size_t i = 32; i < hex.size(); i += 33) hex.insert(i, 1, '\n');
  CHECK(hello_in(as_bytes(hex)).value() == stream);
  const Buffer message(stream.begin() + 5, stream.end());
  CHECK(parsed(hello_in(message).value()).cipher_suites == parsed(stream).cipher_suites);
  CHECK(hello_in(as_bytes("GET / HTTP/1.1\r\n")).error().message.find("no TLS client hello") !=
        std::string::npos);
  CHECK_FALSE(hello_in(as_bytes("abc")));
  CHECK_FALSE(hello_in({}));
}
