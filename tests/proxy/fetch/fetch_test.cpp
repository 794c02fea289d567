#include <catch2/catch_test_macros.hpp>

#include "certs/model/locations.h"
#include "proxy/http/answer.h"
#include "proxy/http/url.h"

using namespace mailtap;
using certs::issuer_urls_of_extension;
using certs::list_urls_of_extension;

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
}

TEST_CASE(
    "of distribution points only those of whole lists of the issuer's are taken, at http URLs, in order") {
  const auto named = [](const std::vector<std::string_view>& locations) {
    Buffer names;
    for (const auto location : locations) {
      const auto name = element(0x86, Buffer(location.begin(), location.end()));
      names.insert(names.end(), name.begin(), name.end());
    }
    return element(0xa0, element(0xa0, names));
  };
  auto reasons = named({"http://some-reasons"});
  reasons.insert(reasons.end(), {0x81, 0x02, 0x06, 0x40});
  const auto value =
      extension({element(0x30, named({"ldap:///CN=ca", "http://a/ca.crl"})), element(0x30, reasons),
                 element(0x30, named({"HTTP://b/ca.crl", "https://c"}))});
  CHECK(list_urls_of_extension(value) == std::vector<std::string>{"http://a/ca.crl", "HTTP://b/ca.crl"});
  CHECK(list_urls_of_extension({}).empty());
  CHECK(list_urls_of_extension(Buffer{0x30, 0x04, 0x30, 0x10, 0xa0, 0x00}).empty());
}

TEST_CASE("an http URL gives host, port and what is asked for") {
  const auto url = http::parse_http_url("http://pki.contoso.com/ca%20x.crt?a=b#c");
  REQUIRE(url);
  CHECK(url->endpoint == config::Endpoint{"pki.contoso.com", 80});
  CHECK(url->host == "pki.contoso.com");
  CHECK(url->path == "/ca%20x.crt?a=b");
  CHECK(http::parse_http_url("http://[2001:db8::1]:8080")->endpoint == config::Endpoint{"2001:db8::1", 8080});
  CHECK(http::parse_http_url("http://h")->path == "/");
  CHECK(http::parse_http_url("http://h?q")->path == "/?q");
  CHECK(http::parse_http_url("http://h#f")->path == "/");
}

TEST_CASE("a URL can't smuggle a line into the request, nor a password") {
  for (const auto* url : {"http://h/\r\nX: y", "http://h/a b", "http://h/\x7f", "http://h/\xc3\xa9",
                          "https://h/", "http://", "http://user:password@h/", "ftp://h/"})
    CHECK_FALSE(http::parse_http_url(url));
}

namespace {

/// What a body of at most ten bytes comes to, fed byte by byte.
Result<std::string> answered(std::string_view text) {
  http::AnswerReader answer(10);
  for (const char c : text)
    if (!answer.feed(as_bytes(std::string_view(&c, 1)))) break;
  return http::body_of(answer.end());
}

}  // namespace

TEST_CASE("the first answer's body counts, whatever way its end is told") {
  CHECK(answered("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\nx") == "abc");
  CHECK(answered("HTTP/1.0 200 OK\r\n\r\nabc") == "abc");
  CHECK(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") ==
        "abcde");
  CHECK(answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789") == "0123456789");
}

TEST_CASE("an answer that is too large, cut short, of another status or no HTTP is none") {
  const auto why = [](std::string_view text) { return answered(text).error().message; };
  CHECK(why("HTTP/1.1 200 OK\r\n\r\n0123456789a") == "it is larger than 0 KiB");
  CHECK(why("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc") == "the answer is no whole HTTP response");
  CHECK(why("HTTP/1.1 302 Found\r\nLocation: http://b/\r\nContent-Length: 0\r\n\r\n") ==
        "the server answered with status 302");
  CHECK(why("220 mail ESMTP\r\n") == "the answer is no whole HTTP response");
  CHECK(why("") == "the answer is no whole HTTP response");
}

TEST_CASE("an interim response is passed over") {
  CHECK(
      answered(
          "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc") ==
      "abc");
}

TEST_CASE("a URL with TLS is none for what certificates name, and one for a webhook") {
  const auto url = config::parse_url("HTTPS://hooks.contoso.com/services/T0/B0?x=y");
  REQUIRE(url);
  CHECK(url->is_tls);
  CHECK(url->endpoint == config::Endpoint{"hooks.contoso.com", 443});
  CHECK(url->path == "/services/T0/B0?x=y");
  CHECK_FALSE(config::parse_url("http://h")->is_tls);
  for (const auto* bad :
       {"https://", "https://user:password@h/", "https://h/a b", "ftp://h/", "hooks.contoso.com"}) {
    const auto parsed = config::parse_url(bad);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.find("password") == std::string::npos);
  }
}
