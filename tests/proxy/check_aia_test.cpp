#include <catch2/catch_test_macros.hpp>

#include "proxy/check/aia.h"

using namespace mailtap;
using namespace mailtap::check;

namespace {

Buffer element(std::uint8_t tag, const Buffer& content) {
  Buffer whole{tag};
  if (content.size() > 127) whole.push_back(0x81);
  whole.push_back(static_cast<std::uint8_t>(content.size()));
  whole.insert(whole.end(), content.begin(), content.end());
  return whole;
}

/// An AccessDescription; `method` 1 is OCSP, 2 is caIssuers.
Buffer description(std::uint8_t method, std::string_view location, std::uint8_t form = 0x86) {
  auto content = element(0x06, {0x2b, 6, 1, 5, 5, 7, 0x30, method});
  const auto name = element(form, Buffer(location.begin(), location.end()));
  content.insert(content.end(), name.begin(), name.end());
  return element(0x30, content);
}

Buffer extension(const std::vector<Buffer>& descriptions) {
  Buffer content;
  for (const auto& one : descriptions) content.insert(content.end(), one.begin(), one.end());
  return element(0x30, content);
}

}  // namespace

TEST_CASE("of AIA only the issuers at http URLs are taken, in order") {
  const auto value = extension({description(1, "http://ocsp"), description(2, "ldap:///CN=ca"),
                                description(2, "HTTP://a/ca.crt"), description(2, "http://dns-form", 0x82),
                                description(2, "https://b"), description(2, "http://c/ca.p7c")});
  CHECK(issuer_urls_of_extension(value) == std::vector<std::string>{"HTTP://a/ca.crt", "http://c/ca.p7c"});
}

TEST_CASE("AIA that can't be read names nobody") {
  CHECK(issuer_urls_of_extension({}).empty());
  CHECK(issuer_urls_of_extension(Buffer{0x30, 0x80, 0x00, 0x00}).empty());
  CHECK(issuer_urls_of_extension(Buffer{0x30, 0x05, 0x30, 0x10, 0x06}).empty());
  CHECK(issuer_urls(Buffer{1, 2, 3}).empty());
}

TEST_CASE("an http URL gives host, port and what is asked for") {
  const auto url = parse_http_url("http://pki.contoso.com/ca%20x.crt?a=b#c");
  REQUIRE(url);
  CHECK(url->endpoint == config::Endpoint{"pki.contoso.com", 80});
  CHECK(url->host == "pki.contoso.com");
  CHECK(url->path == "/ca%20x.crt?a=b");
  CHECK(parse_http_url("http://[2001:db8::1]:8080")->endpoint == config::Endpoint{"2001:db8::1", 8080});
  CHECK(parse_http_url("http://h")->path == "/");
  CHECK(parse_http_url("http://h?q")->path == "/?q");
  CHECK(parse_http_url("http://h#f")->path == "/");
}

TEST_CASE("a URL can't smuggle a line into the request, nor a password") {
  for (const auto* url : {"http://h/\r\nX: y", "http://h/a b", "http://h/\x7f", "http://h/\xc3\xa9",
                          "https://h/", "http://", "http://user:password@h/", "ftp://h/"})
    CHECK_FALSE(parse_http_url(url));
}
