#include "proxy/admin/endpoint.h"

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <thread>

#include <sys/socket.h>

#include "inspect/record.h"
#include "proxy/net/listen_socket.h"
#include "records.h"
#include "tests/socket_client.h"

using namespace mailtap;
using namespace mailtap::admin;
using namespace mailtap::testing;

namespace {

class Watched {
 public:
  /// `kernel_buffer`: of what is sent, where it matters; 0: the kernel's choice.
  explicit Watched(http::Limits limits = {.connections = 64}, const std::string& token = {},
                   int kernel_buffer = 0) {
    std::signal(SIGPIPE, SIG_IGN);  // as the whole program does
    auto group = net::bind_group({"127.0.0.1", 0}, 1);
    REQUIRE(group);
    if (kernel_buffer != 0)
      ::setsockopt(group->sockets.front().get(), SOL_SOCKET, SO_SNDBUF, &kernel_buffer, sizeof kernel_buffer);
    port_ = group->address.port;
    Endpoint::Setup setup;
    setup.access.token = token;
    setup.version = "1";
    setup.limits = limits;
    endpoint = std::make_unique<Endpoint>(messages_, std::move(setup), group->sockets.front().take());
  }

  /// A connection that has sent this request.
  SocketClient ask(const std::string& path, const std::string& fields = {}, int kernel_buffer = 0) const {
    SocketClient client(port_, kernel_buffer);
    REQUIRE(client.connected());
    REQUIRE(client.send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n"));
    return client;
  }
  std::string fetch(const std::string& path, const std::string& fields = {}) const {
    return ask(path, fields).rest();
  }
  std::string post(const std::string& path, const std::string& fields = {}) const {
    SocketClient client(port_, 0);
    REQUIRE(client.connected());
    REQUIRE(client.send("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n"));
    return client.rest();
  }
  /// Asks until `text` is in the answer.
  bool shows(const std::string& path, const std::string& text, const std::string& fields = {}) const {
    for (int i = 0; i < 3'000; ++i) {
      if (fetch(path, fields).find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::unique_ptr<Endpoint> endpoint;

 private:
  inspect::Messages messages_;
  std::uint16_t port_ = 0;
};

/// A server that takes connections, as its kernel does, and says nothing.
class Silent {
 public:
  Silent() : group_(net::bind_group({"127.0.0.1", 0}, 1)) { REQUIRE(group_); }
  std::uint16_t port() const { return group_->address.port; }

 private:
  Result<net::ListenGroup> group_;
};

/// One that was free a moment ago.
std::uint16_t port_of_nobody() {
  const auto group = net::bind_group({"127.0.0.1", 0}, 1);
  REQUIRE(group);
  return group->address.port;
}

}  // namespace

TEST_CASE("what workers report is in the API, the metrics and the events") {
  const Watched watched;
  const auto stream = watched.ask("/events");
  CHECK(stream.until("event: hello").find("text/event-stream") != std::string::npos);
  watched.endpoint->feed().opened(good_connection(1));
  CHECK(watched.shows("/api/connections?which=open", "\"id\":1"));
  watched.endpoint->feed().ended(good_connection(1));
  CHECK(watched.shows("/api/connections", "\"id\":1"));
  CHECK(stream.until("\"ended\":[{\"id\":1").find("event: connections\ndata: {") != std::string::npos);
  CHECK(watched.fetch("/metrics").find("mailtap_connections_total{ending=\"closed\"") != std::string::npos);
  CHECK(watched.fetch("/api/connections/1").find("\"began_us\"") != std::string::npos);
  CHECK(watched.fetch("/api/upstreams").find("\"name\":\"mail.contoso.com\"") != std::string::npos);
}

TEST_CASE("what can't be answered is refused, each for its reason") {
  const Watched watched;
  const auto status = [&](const std::string& path, const std::string& fields = {}) {
    return watched.fetch(path, fields).substr(9, 3);
  };
  CHECK(status("/api/connections/7") == "404");
  CHECK(status("/api/connections/x") == "400");
  CHECK(status("/api/connections?limit=0") == "400");
  CHECK(status("/api/connections?limit=9999999999999999999999") == "400");
  CHECK(status("/api/connections?which=all") == "400");
  CHECK(status("/api/counts?span=1y") == "400");
  CHECK(status("/nothing") == "404");
  CHECK(status("/api/state", "Origin: http://evil.example\r\n") == "403");
  CHECK(status("/api/state", "Host: evil.example\r\n") == "400");  // a second one
  CHECK(status("/healthz") == "200");
  CHECK(status("/readyz") == "503");
  watched.endpoint->set_ready(true);
  CHECK(status("/readyz") == "200");
}

TEST_CASE("an error of the API is told in the language that is asked for") {
  Watched watched;
  CHECK(watched.fetch("/api/connections/7")
            .ends_with(R"({"error":"this connection is not known, or not any more"})"));
  CHECK(watched.fetch("/api/connections/7?lang=vi")
            .ends_with(R"({"error":"không biết kết nối này, hoặc không còn biết nữa"})"));
  CHECK(watched.fetch("/api/connections?limit=0&lang=vi")
            .ends_with(R"({"error":"limit là một số từ 1 đến 1000"})"));
}

TEST_CASE(
    "a survey of a server that was seen is asked for by POST, one at a time, and what it found is kept") {
  const Watched watched({.connections = 64, .posts = true}, "0123456789abcdef");
  const auto token = std::string("Authorization: Bearer 0123456789abcdef\r\n");
  const auto shows = [&](const std::string& path, const std::string& text) {
    return watched.shows(path, text, token);
  };
  // Its port is one that nobody listens on any more.
  auto connection = good_connection(1);
  connection.upstream_configured = "127.0.0.1:" + std::to_string(port_of_nobody());
  watched.endpoint->feed().ended(std::move(connection));
  REQUIRE(shows("/api/upstreams", "\"number\":1,"));
  CHECK(watched.fetch("/api/surveys/1", token).starts_with("HTTP/1.1 404"));
  CHECK(watched.post("/api/surveys/1").starts_with("HTTP/1.1 401"));
  CHECK(
      watched.post("/api/surveys/1", token + "Origin: http://evil.example\r\n").starts_with("HTTP/1.1 403"));
  CHECK(watched.post("/api/surveys/1", token + "Content-Length: 1\r\n").starts_with("HTTP/1.1 413"));
  CHECK(watched.post("/api/surveys/2", token).starts_with("HTTP/1.1 404"));
  CHECK(watched.post("/api/surveys/x", token).starts_with("HTTP/1.1 400"));
  for (const auto* path : {"/", "/api/state", "/events", "/metrics", "/healthz"})
    CHECK(watched.post(path, token).starts_with("HTTP/1.1 405"));
  const auto begun = watched.post("/api/surveys/1", token);
  CHECK(begun.starts_with("HTTP/1.1 202"));
  CHECK(begun.find("\"running\":{\"upstream\":1,") != std::string::npos);
  REQUIRE(shows("/api/surveys", R"("running":null,"surveys":[{"upstream":1,)"));
  const auto found = watched.fetch("/api/surveys/1", token);
  CHECK(found.find(R"("protocols":{"grade":null)") != std::string::npos);
  CHECK(found.find(R"({"version":"TLSv1.2","spoken":null)") != std::string::npos);
}

TEST_CASE("a survey that runs is ended with the endpoint") {
  const Watched watched({.connections = 64, .posts = true});
  const Silent silent;
  auto connection = good_connection(1);
  connection.upstream_configured = "127.0.0.1:" + std::to_string(silent.port());
  watched.endpoint->feed().ended(std::move(connection));
  REQUIRE(watched.shows("/api/upstreams", "\"number\":1,"));
  CHECK(watched.post("/api/surveys/1").starts_with("HTTP/1.1 202"));
  const auto again = watched.post("/api/surveys/1");
  CHECK(again.starts_with("HTTP/1.1 409"));
  CHECK(again.find("this server is being asked already") != std::string::npos);
}

TEST_CASE("with a token the page is open, and what it shows isn't") {
  const Watched watched({.connections = 64}, "0123456789abcdef");
  CHECK(watched.fetch("/").starts_with("HTTP/1.1 200"));
  CHECK(watched.fetch("/healthz").starts_with("HTTP/1.1 200"));
  for (const auto* path : {"/api/state", "/events", "/metrics"}) {
    CHECK(watched.fetch(path).starts_with("HTTP/1.1 401"));
    const auto client = watched.ask(path, "Authorization: Bearer 0123456789abcdef\r\n");
    CHECK(client.until("\r\n").starts_with("HTTP/1.1 200"));
  }
}

TEST_CASE("there are only so many streams, and a place is free again when a page is closed") {
  const Watched watched({.connections = 64, .streams = 1});
  auto first = watched.ask("/events");
  CHECK(first.until("event: hello").starts_with("HTTP/1.1 200"));
  CHECK(watched.fetch("/events").starts_with("HTTP/1.1 503"));
  first.close();
  CHECK(watched.shows("/metrics", "mailtap_admin_event_streams 0"));
  const auto second = watched.ask("/events");
  CHECK(second.until("event: hello").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a page that doesn't read misses events, is told so, and never holds up another") {
  const Watched watched({.connections = 64, .stream_backlog = 1024}, {}, 4096);
  const auto slow = watched.ask("/events", {}, 4096);
  std::uint64_t id = 0;
  const auto has_missed = [&] {
    return watched.fetch("/metrics").find("\nmailtap_admin_event_gaps_total 0\n") == std::string::npos;
  };
  for (int i = 0; i < 3'000 && !has_missed(); ++i) {
    for (int k = 0; k < 100; ++k) watched.endpoint->feed().ended(bad_connection(++id));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  REQUIRE(has_missed());
  std::string read;
  while (read.find("event: gap") == std::string::npos) {
    watched.endpoint->feed().ended(bad_connection(++id));
    const auto more = slow.receive();
    REQUIRE(!more.empty());
    read += more;
  }
}

TEST_CASE("a page that reads nothing for so long is closed, and another goes on") {
  const Watched watched({.connections = 64, .stream_backlog = 1024, .stall = std::chrono::milliseconds{500}},
                        {}, 4096);
  const auto slow = watched.ask("/events", {}, 4096);
  CHECK(watched.shows("/metrics", "mailtap_admin_event_streams 1"));
  std::uint64_t id = 0;
  const auto streams = [&] { return watched.fetch("/metrics").find("mailtap_admin_event_streams 0\n"); };
  for (int i = 0; i < 3'000 && streams() == std::string::npos; ++i) {
    for (int k = 0; k < 100; ++k) watched.endpoint->feed().ended(bad_connection(++id));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(streams() != std::string::npos);
  // What was sent before is still there for it, and then the end: an orderly one, or a reset.
  CHECK(slow.rest().find("event: hello") != std::string::npos);
  const auto reading = watched.ask("/events");
  CHECK(reading.until("event: hello").starts_with("HTTP/1.1 200"));
  watched.endpoint->feed().ended(bad_connection(++id));
  CHECK_FALSE(reading.until("event: connections").empty());
}
