#include "config/values.h"

#include <catch2/catch_test_macros.hpp>

#include "config/base/spelling.h"

using namespace mailtap;
using namespace mailtap::config;

TEST_CASE("listen addresses are read in every form and put into one") {
  CHECK(parse_listen_address("127.0.0.1:8443").value() == Endpoint{"127.0.0.1", 8443});
  CHECK(parse_listen_address("localhost:0").value() == Endpoint{"127.0.0.1", 0});
  CHECK(parse_listen_address(":443").value() == Endpoint{"*", 443});
  CHECK(parse_listen_address("*:443").value() == Endpoint{"*", 443});
  CHECK(parse_listen_address("[2001:DB8:0::1]:443").value() == Endpoint{"2001:db8::1", 443});
  CHECK(parse_listen_address("[::]:1").value().to_string() == "[::]:1");
}

TEST_CASE("a wrong listen address is refused with a right example") {
  CHECK(parse_listen_address("8443").error().message ==
        "\"8443\" has no port; write it as 127.0.0.1:8443, or :8443 for all addresses");
  CHECK(
      parse_listen_address("mail.contoso.com:8443").error().message ==
      "\"mail.contoso.com:8443\" has no address of this machine before the port; write it as 127.0.0.1:8443, "
      "or :8443 for all addresses");
  for (const auto* text : {"", ":", "::1:443", "[::1:443", "[::1]443", "[]:443", "1.2.3.4:65536",
                           "1.2.3.4:-1", "1.2.3.4:+1", "1.2.3.4: 1", "256.0.0.1:1"})
    CHECK_FALSE(parse_listen_address(text));
}

TEST_CASE("upstream addresses are host and port, and a URL's mistake is explained") {
  CHECK(parse_address("mail.contoso.com:443").value() == Endpoint{"mail.contoso.com", 443});
  CHECK(parse_address("[::1]:993").value() == Endpoint{"::1", 993});
  CHECK(parse_address("https://mail.contoso.com/ews").error().message ==
        "\"https://mail.contoso.com/ews\" is a URL; give host and port alone, such as mail.contoso.com:443");
  CHECK(parse_address("mail.contoso.com").error().message ==
        "\"mail.contoso.com\" has no port; write it as mail.contoso.com:443");
  for (const auto* text :
       {"", ":443", "a b:443", "mail:0", "mail:65536", "[mail]:443", "a..b:1", "mail/x:443"})
    CHECK_FALSE(parse_address(text));
}

TEST_CASE("durations have units, and seconds without") {
  using namespace std::chrono_literals;
  CHECK(parse_duration("500ms").value() == 500ms);
  CHECK(parse_duration("10").value() == 10s);
  CHECK(parse_duration("10s").value() == 10s);
  CHECK(parse_duration("5m").value() == 5min);
  CHECK(parse_duration("2h").value() == 2h);
  CHECK(parse_duration("0").value() == 0s);
  CHECK_FALSE(parse_timeout("0s"));
  for (const auto* text :
       {"", "s", "-1s", "1.5s", "10 s", "10 parsecs", "99999999999999999999s", "9223372036854775807h"})
    CHECK_FALSE(parse_duration(text));
}

TEST_CASE("a pin is the base64 of exactly 32 bytes") {
  const std::string good = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  CHECK(parse_pin(good).value() == good);
  for (const auto* text :
       {"", "sha256//", "sha256//AAAA", "sha1//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"})
    CHECK_FALSE(parse_pin(text));
}

TEST_CASE("the URL of the CRLs is http, with a host, and ends without a slash") {
  CHECK(parse_http_base("http://mailtap.contoso.local:8080/").value() == "http://mailtap.contoso.local:8080");
  CHECK(parse_http_base("http://[2001:db8::1]:8080/pki/").value() == "http://[2001:db8::1]:8080/pki");
  CHECK(parse_http_base("http://pki.contoso.com").value() == "http://pki.contoso.com");
  for (const auto* wrong :
       {"https://a.example", "a.example", "ftp://a.example", "http://", "http:///x", "http://a b",
        "http://a.example?x", "http://u@a.example", "http://a.example:0", "http://a.example:99999"})
    CHECK_FALSE(parse_http_base(wrong));
}

TEST_CASE("a misspelled word is recognised, and a foreign one isn't") {
  const std::vector<std::string_view> known{"listen", "upstream", "log", "log-format"};
  CHECK(closest("lisetn", known) == "listen");
  CHECK(closest("log_format", known) == "log-format");
  CHECK(closest("colour", known).empty());
  CHECK(closest(std::string(100'000, 'x'), known).empty());
}
