#include "proxy/ingress/connect_request.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;
using namespace mailtap::proxy::ingress;
using State = ConnectRequest::State;

namespace {

/// "HOST:PORT (size)", or what is wrong.
std::string asked(std::string_view text) {
  ConnectRequest request;
  switch (request.feed(as_bytes(text))) {
    case State::need_more: return "need more";
    case State::complete: return request.target().to_string() + " (" + std::to_string(request.size()) + ")";
    case State::bad: return request.problem();
    case State::too_large: return "too large";
    case State::wrong_method: return "wrong method";
  }
  return {};
}

}  // namespace

TEST_CASE("CONNECT names host and port") {
  CHECK(asked("CONNECT mail.contoso.com:443 HTTP/1.1\r\nHost: mail.contoso.com:443\r\n"
              "Proxy-Connection: Keep-Alive\r\n\r\n") == "mail.contoso.com:443 (99)");
  CHECK(asked("CONNECT [2001:db8::1]:993 HTTP/1.1\r\nHost: x\r\n\r\n") == "[2001:db8::1]:993 (47)");
  CHECK(asked("CONNECT 192.0.2.1:25 HTTP/1.0\r\n\r\n") == "192.0.2.1:25 (33)");
  CHECK(asked("CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n") == "a:1 (52)");
}

TEST_CASE("what follows the request is the tunnel's") {
  const std::string request = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
  CHECK(asked(request + "\x16\x03\x01") == "a:443 (" + std::to_string(request.size()) + ")");
  ConnectRequest parts;
  for (std::size_t i = 0; i + 1 < request.size(); ++i)
    REQUIRE(parts.feed(as_bytes(request).subspan(i, 1)) == State::need_more);
  CHECK(parts.feed(as_bytes("\n\x16")) == State::complete);
  CHECK(parts.size() == request.size());
}

TEST_CASE("a request that isn't right is refused with the reason") {
  CHECK(asked("GET http://mail.contoso.com/ HTTP/1.1\r\nHost: a\r\n\r\n") == "wrong method");
  CHECK(asked("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello") == "wrong method");
  CHECK(asked("CONNECT a:443 HTTP/1.1\r\n\r\n") == "the request lacks the Host field of HTTP/1.1");
  CHECK(asked("CONNECT a:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n") ==
        "a CONNECT request has no body");
  CHECK(asked("CONNECT a:443 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        "a CONNECT request has no body");
  for (const auto* target : {"a", "a:0", "a:65536", "a:", ":443", "[::1]", "a:443:1", "[a]:443", "a/b:443"}) {
    INFO(target);
    const auto said = asked("CONNECT " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK((said == "CONNECT needs a host and a port, such as mail.contoso.com:443" ||
           said == "this is no HTTP request"));
  }
  CHECK(asked("EHLO mail.test\r\n") == "this is no HTTP request");
  CHECK(asked("\x16\x03\x01\x02") ==
        "the client began with TLS; set mailtap as its HTTP proxy, or leave connect-proxy out");
}

TEST_CASE("a request is bounded") {
  const std::string begin = "CONNECT a:443 HTTP/1.1\r\nHost: a\r\nX: ";
  CHECK(asked(begin + std::string(ConnectRequest::max_size - begin.size() - 1, 'x')) == "need more");
  CHECK(asked(begin + std::string(ConnectRequest::max_size, 'x')) == "too large");
  CHECK(asked(begin + std::string(ConnectRequest::max_size - begin.size() - 4, 'x') + "\r\n\r\n")
            .starts_with("a:443"));
}

TEST_CASE("a refusal is plain text that closes, and tells which method there is") {
  CHECK(refusal(405, "ask by CONNECT") ==
        "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 24\r\n"
        "Allow: CONNECT\r\nConnection: close\r\nCache-Control: no-store\r\n\r\nmailtap: ask by CONNECT\n");
  CHECK(refusal(403, "no").find("Allow") == std::string::npos);
}
