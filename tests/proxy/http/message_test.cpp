#include "proxy/http/message.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;
using namespace mailtap::http;
using State = MessageReader::State;

namespace {

constexpr MessageReader::Limits limits{.head = 256, .body = 64};

/// Fed in one piece and byte by byte, which makes no difference.
class Reading {
 public:
  Reading(MessageReader::Kind kind, MessageReader::Until until, std::string_view text)
      : whole(kind, until, limits), pieces_(kind, until, limits) {
    whole.feed(as_bytes(text));
    for (const char& c : text) pieces_.feed(as_bytes(std::string_view(&c, 1)));
    compare();
  }
  Reading& end() {
    whole.end();
    pieces_.end();
    compare();
    return *this;
  }

  MessageReader whole;

 private:
  void compare() {
    CHECK(whole.state() == pieces_.state());
    if (whole.state() == State::complete) CHECK(whole.size() == pieces_.size());
    CHECK(whole.head().fields.size() == pieces_.head().fields.size());
    CHECK(whole.body() == pieces_.body());
  }

  MessageReader pieces_;
};

Reading request(std::string_view text, MessageReader::Until until = MessageReader::Until::head) {
  return {MessageReader::Kind::request, until, text};
}
Reading response(std::string_view text) {
  return {MessageReader::Kind::response, MessageReader::Until::end, text};
}

}  // namespace

TEST_CASE("a head is read to its empty line, and what follows belongs to somebody else") {
  const std::string head =
      "CONNECT mail.example:443 HTTP/1.1\r\nHost: mail.example:443\r\nX:  a b \t\r\n\r\n";
  auto read = request(head + "\x16\x03\x01");
  CHECK(read.whole.state() == State::complete);
  CHECK(read.whole.size() == head.size());
  CHECK(read.whole.head().method == "CONNECT");
  CHECK(read.whole.head().target == "mail.example:443");
  CHECK(read.whole.head().version_minor == 1);
  CHECK(*read.whole.head().find("x") == "a b");
  CHECK(read.whole.head().find("y") == nullptr);
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(request(get + "GET /").whole.size() == get.size());
}

TEST_CASE("fields of one name are counted in any case") {
  const auto read = request("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n");
  CHECK(read.whole.head().count("HOST") == 2);
  CHECK(*read.whole.head().find("Host") == "a");
}

TEST_CASE("a body is announced by a length or by a transfer coding") {
  CHECK(request("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n").whole.head().announces_body);
  CHECK(request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").whole.head().announces_body);
  CHECK_FALSE(request("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").whole.head().announces_body);
}

TEST_CASE("requests with bodies follow one another") {
  MessageReader reader(MessageReader::Kind::request, MessageReader::Until::end, limits);
  const std::string first = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  const std::string second = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto both = first + second;
  CHECK(reader.feed(as_bytes(both)) == State::complete);
  CHECK(reader.size() == first.size());
  CHECK(reader.body() == "abc");
  CHECK(reader.feed(as_bytes(second)) == State::complete);
  CHECK(reader.size() == first.size());
  reader.next();
  CHECK(reader.feed(as_bytes(second)) == State::complete);
  CHECK(reader.head().target == "/b");
  CHECK(reader.head().fields.size() == 1);
  CHECK(reader.body().empty());
}

TEST_CASE("a response ends by its length, by its last chunk or with the stream") {
  CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab").whole.body() == "ab");
  auto chunked = response(
      "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nTrailer: x\r\n\r\n");
  CHECK(chunked.whole.state() == State::complete);
  CHECK(chunked.whole.head().status == 404);
  CHECK(chunked.whole.body() == "abc");
  CHECK(chunked.whole.head().find("Trailer") == nullptr);
  auto unbounded = response("HTTP/1.0 200 OK\r\n\r\nab");
  CHECK(unbounded.whole.state() == State::need_more);
  CHECK(unbounded.end().whole.state() == State::complete);
  CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab").end().whole.state() == State::malformed);
}

TEST_CASE("interim responses precede the one that counts") {
  const auto read = response(
      "HTTP/1.1 100 Continue\r\nA: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
  CHECK(read.whole.state() == State::complete);
  CHECK(read.whole.head().status == 200);
  CHECK(read.whole.head().fields.size() == 1);
  std::string endless;
  while (endless.size() < 2 * limits.head) endless += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(response(endless).whole.state() == State::head_too_large);
}

TEST_CASE("what is longer than its limit, or no HTTP, is refused") {
  CHECK(request("GET / HTTP/1.1\r\nX: " + std::string(300, 'x')).whole.state() == State::head_too_large);
  CHECK(request("\x16\x03\x01").whole.state() == State::malformed);
  CHECK(request("GET / HTTP/1.1\r\nHost\r\n\r\n").whole.state() == State::malformed);
  CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n" + std::string(65, 'x')).whole.state() ==
        State::body_too_large);
  CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + std::string(64, 'x')).whole.state() ==
        State::complete);
  CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx").whole.state() ==
        State::malformed);
}
