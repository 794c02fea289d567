#include "proxy/check/target.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;
using namespace mailtap::check;

namespace {

Target target(std::string_view text, Starttls starttls = Starttls::none) {
  auto parsed = parse_target(text, starttls, false);
  INFO(text);
  REQUIRE(parsed);
  return *parsed;
}

std::string refusal(std::string_view text, Starttls starttls = Starttls::none) {
  const auto parsed = parse_target(text, starttls, false);
  INFO(text);
  REQUIRE_FALSE(parsed);
  return parsed.error().message;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a URL gives host, port by its scheme, and how TLS begins") {
  struct Case {
    std::string_view url;
    config::Endpoint endpoint;
    Starttls starttls;
  };
  for (const auto& [url, endpoint, starttls] : {
           Case{"https://mail.contoso.com/EWS/Exchange.asmx", {"mail.contoso.com", 443}, Starttls::none},
           Case{"HTTPS://mail.contoso.com:8443?x", {"mail.contoso.com", 8443}, Starttls::none},
           Case{"imaps://mail.contoso.com", {"mail.contoso.com", 993}, Starttls::none},
           Case{"pop3s://mail.contoso.com", {"mail.contoso.com", 995}, Starttls::none},
           Case{"smtps://mail.contoso.com", {"mail.contoso.com", 465}, Starttls::none},
           Case{"ldaps://dc01.contoso.local", {"dc01.contoso.local", 636}, Starttls::none},
           Case{"imap://mail.contoso.com", {"mail.contoso.com", 143}, Starttls::imap},
           Case{"pop3://mail.contoso.com", {"mail.contoso.com", 110}, Starttls::pop3},
           Case{"smtp://mail.contoso.com:587/", {"mail.contoso.com", 587}, Starttls::smtp},
           Case{"https://[2001:db8::1]/x", {"2001:db8::1", 443}, Starttls::none},
       }) {
    CHECK(target(url).endpoint == endpoint);
    CHECK(target(url).starttls == starttls);
    CHECK_FALSE(target(url).is_file());
  }
}

TEST_CASE("a host alone is asked on port 443, with --starttls on the protocol's port") {
  CHECK(target("mail.contoso.com").endpoint == config::Endpoint{"mail.contoso.com", 443});
  CHECK(target("mail.contoso.com:8443").endpoint == config::Endpoint{"mail.contoso.com", 8443});
  CHECK(target("192.0.2.1").endpoint == config::Endpoint{"192.0.2.1", 443});
  CHECK(target("2001:db8::1").endpoint == config::Endpoint{"2001:db8::1", 443});
  CHECK(target("[2001:db8::1]").endpoint == config::Endpoint{"2001:db8::1", 443});
  CHECK(target("[2001:db8::1]:993").endpoint == config::Endpoint{"2001:db8::1", 993});
  CHECK(target("mail.contoso.com", Starttls::smtp).endpoint.port == 25);
  CHECK(target("mail.contoso.com", Starttls::pop3).endpoint.port == 110);
  CHECK(target("mail.contoso.com", Starttls::imap).endpoint.port == 143);
  CHECK(target("imap://mail.contoso.com", Starttls::imap).endpoint.port == 143);
}

TEST_CASE("a file is a file, whatever its name looks like") {
  const auto file = parse_target("mail.contoso.com:443", Starttls::imap, true);
  REQUIRE(file);
  CHECK(file->file == "mail.contoso.com:443");
  CHECK(file->starttls == Starttls::none);
}

TEST_CASE("what can't be checked is refused with a sentence that says what to write") {
  CHECK(contains(refusal("http://mail.contoso.com/"), "https://"));
  CHECK(contains(refusal("ftp://mail.contoso.com/"), "imaps://"));
  CHECK(contains(refusal("https://user:secret@mail.contoso.com/"), "leave user name and password out"));
  CHECK_FALSE(contains(refusal("https://user:secret@mail.contoso.com/"), "secret"));
  CHECK(contains(refusal("https://mail.contoso.com/", Starttls::imap), "--starttls imap"));
  CHECK(contains(refusal("chains/exchange"), "there is no file"));
  CHECK(contains(refusal("chain.pem"), "there is no file"));
  CHECK(contains(refusal("mail.contoso.com:http"), "a port is a number"));
  CHECK(contains(refusal("[mail]"), "IPv6"));
  refusal("");
  refusal("https://");
  refusal("mail.contoso.com:0");
  refusal("mail contoso");
}
