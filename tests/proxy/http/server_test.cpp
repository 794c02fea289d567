#include "proxy/http/server.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>
#include <thread>

#include "proxy/net/listen_socket.h"
#include "tests/socket_client.h"

using namespace mailtap;
using namespace mailtap::http;
using State = RequestParser::State;

namespace {

State parse(std::string_view text, std::size_t limit = 8192) {
  RequestParser parser(limit);
  return parser.feed(as_bytes(text));
}

std::string path_of(std::string_view target) {
  RequestParser parser(8192);
  const auto state = parser.feed(as_bytes("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
  return state == State::complete ? parser.request().path + " " + parser.request().query : "refused";
}

/// A server on loopback in a thread of its own, until the end of the scope.
class Served {
 public:
  static Response echo(const Request& request) { return {.body = "you asked for " + request.path}; }

  explicit Served(Limits limits, Server::Handler handler = echo) {
    uv_loop_init(&loop_);
    auto group = net::bind_group({"127.0.0.1", 0}, 1);
    REQUIRE(group);
    port_ = group->address.port;
    uv_async_init(&loop_, &stop_, [](uv_async_t* async) {
      static_cast<Served*>(async->data)->server_.reset();
      uv_close(reinterpret_cast<uv_handle_t*>(async), nullptr);
    });
    stop_.data = this;
    server_ = std::make_unique<Server>(&loop_, std::move(handler), limits);
    REQUIRE(server_->listen(group->sockets.front().take()) == 0);
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }
  ~Served() {
    uv_async_send(&stop_);
    thread_.join();
    uv_loop_close(&loop_);
  }

  testing::SocketClient connect() const {
    testing::SocketClient client(port_);
    REQUIRE(client.connected());
    return client;
  }
  std::string say(std::string_view text) const { return say(connect(), text); }
  static std::string say(const testing::SocketClient& client, std::string_view text) {
    REQUIRE(client.send(text));
    return client.rest();
  }

 private:
  uv_loop_t loop_{};
  uv_async_t stop_{};
  std::uint16_t port_ = 0;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a request is known whole or byte by byte") {
  const std::string text = "GET /a.crl?x=1 HTTP/1.1\r\nHost: mailtap\r\nAccept: */*\r\n\r\n";
  RequestParser parser(8192);
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    REQUIRE(parser.feed(as_bytes(text.substr(i, 1))) == State::need_more);
  CHECK(parser.feed(as_bytes("\n")) == State::complete);
  CHECK(parser.request().path == "/a.crl");
  CHECK(parser.request().query == "x=1");
  CHECK_FALSE(parser.request().is_head);
  CHECK(parser.feed(as_bytes("GET /b HTTP/1.1\r\n\r\n")) == State::complete);
  CHECK(parser.request().path == "/a.crl");
}

TEST_CASE("the fields that access depends on are read, and may not be there twice") {
  RequestParser parser(8192);
  const std::string text =
      "GET / HTTP/1.1\r\nhost:  a:1 \r\nOrigin: http://b\r\nAUTHORIZATION: Bearer c\r\nSec-Fetch-Site: "
      "none\r\n\r\n";
  for (const char c : text) parser.feed(as_bytes(std::string_view(&c, 1)));
  CHECK(parser.request().host == "a:1");
  CHECK(parser.request().origin == "http://b");
  CHECK(parser.request().authorization == "Bearer c");
  CHECK(parser.request().fetch_site == "none");
  for (const auto* field :
       {"Host: b", "Host:", "Origin: x\r\norigin: y", "Authorization: x\r\nAuthorization: x"})
    CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(field) + "\r\n\r\n") == State::bad);
  CHECK(parse("GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n") == State::bad);
}

TEST_CASE("the absolute form of a target is understood, and one without a path refused") {
  CHECK(path_of("/a") == "/a ");
  CHECK(path_of("http://mailtap:8080/a?b") == "/a b");
  CHECK(path_of("http://mailtap:8080") == "refused");
  CHECK(path_of("*") == "refused");
}

TEST_CASE("what is no GET or HEAD of HTTP/1 without a body is refused, each for its reason") {
  CHECK(parse("HEAD / HTTP/1.0\r\n\r\n") == State::complete);
  CHECK(parse("GET / HTTP/1.1\r\n\r\n") == State::bad);  // no Host
  CHECK(parse("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == State::bad);
  CHECK(parse("hello\r\n\r\n") == State::bad);
  CHECK(parse("\x16\x03\x01\x02") == State::bad);
  CHECK(parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc") == State::wrong_method);
  CHECK(parse("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n") == State::wrong_method);
  CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc") == State::has_body);
  CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") == State::has_body);
  CHECK(parse("GET /" + std::string(100, 'a'), 64) == State::too_large);
  CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100, 'a'), 64) == State::too_large);
}

TEST_CASE("a server answers, and closes") {
  const Served served({});
  const auto answer = served.say("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.find("\r\nContent-Length: 16\r\n") != std::string::npos);
  CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\nyou asked for /x"));
  const auto head = served.say("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(head.find("\r\nContent-Length: 16\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(served.say("PUT /x HTTP/1.1\r\nHost: a\r\n\r\n").find("\r\nAllow: GET, HEAD\r\n") !=
        std::string::npos);
  CHECK(served.say("what?\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(served.say("GET /" + std::string(9000, 'a')).starts_with("HTTP/1.1 431 "));
}

TEST_CASE("who says nothing is closed at the deadline, and leaves its place to others") {
  const Served served({.connections = 1, .request_bytes = 8192, .deadline = std::chrono::milliseconds{2000}});
  const auto silent = served.connect();
  // Only one at a time: this one is served when the silent one's time is over.
  const auto late = served.say("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
  CAPTURE(late);
  CHECK(late.ends_with("you asked for /late"));
  CHECK(silent.rest().empty());
}

TEST_CASE("a request that came in time is answered though the server was held up beyond its deadline") {
  using std::chrono::milliseconds;
  constexpr milliseconds deadline{1000};
  std::atomic<int> times_held_up{0};
  const Served served({.connections = 8, .request_bytes = 8192, .deadline = deadline},
                      [&](const auto& request) {
                        if (request.path != "/slow") return Served::echo(request);
                        ++times_held_up;
                        std::this_thread::sleep_for(deadline + milliseconds{300});
                        return Served::echo(request);
                      });
  // On a machine that is held up itself the request may really come too late: then once more.
  std::string answer;
  for (int trial = 0; trial < 10 && answer.empty(); ++trial) {
    const auto waiting = served.connect();  // is accepted first
    const auto slow = served.connect();
    REQUIRE(slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (times_held_up <= trial) std::this_thread::sleep_for(milliseconds{1});
    answer = Served::say(waiting, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(slow.rest().ends_with("you asked for /slow"));
  }
  CHECK(answer.ends_with("you asked for /x"));
}
