#include "proxy/net/tcp_dialer.h"

#include <catch2/catch_test_macros.hpp>
#include <optional>

#include <sys/socket.h>
#include <unistd.h>

#include "proxy/net/loop_timers.h"
#include "proxy/net/tcp_stream.h"

using namespace mailtap;
using namespace mailtap::net;
using namespace std::chrono_literals;
using Kind = DialFailure::Kind;

namespace {

/// A socket that listens on the loopback, or doesn't: then it only has the port.
class Server {
 public:
  explicit Server(bool listens) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const auto address = *Address::parse("127.0.0.1", 0);
    REQUIRE(::bind(fd_, address.get(), address.size()) == 0);
    if (listens) REQUIRE(::listen(fd_, 1) == 0);
  }
  ~Server() { ::close(fd_); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &size) == 0);
    return Address(reinterpret_cast<const sockaddr&>(bound)).port();
  }

 private:
  int fd_;
};

struct Lab final : Dialer::Delegate {
  Lab() { uv_loop_init(&loop); }
  ~Lab() override {
    attempt.reset();
    stream.reset();
    resolver.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
  }
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  void dial(const config::Endpoint& endpoint, const TcpDialer::IsOwn& is_own = {}) {
    resolver.emplace(&loop);
    TcpDialer dialer(&loop, *resolver, {}, is_own);
    attempt = dialer.dial(endpoint, 5s, *this);
    attempt->begin();
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  void on_dialing(const Address& address) override { tried.push_back(address.to_string()); }
  void on_dialled(std::unique_ptr<Stream> connected, const Address& address) override {
    stream = std::move(connected);
    reached = address.to_string();
    attempt.reset();
  }
  void on_not_dialled(const DialFailure& why) override { failure = why; }

  uv_loop_t loop{};
  std::optional<Resolver> resolver;
  std::unique_ptr<Dialer::Attempt> attempt;
  std::unique_ptr<Stream> stream;
  std::vector<std::string> tried;
  std::string reached;
  std::optional<DialFailure> failure;
};

std::vector<std::string> texts(const std::vector<Address>& addresses) {
  std::vector<std::string> all;
  for (const auto& address : addresses) all.push_back(address.to_string());
  return all;
}

}  // namespace

TEST_CASE("IPv6 and IPv4 are tried by turns, in the resolver's order and beginning with its first kind") {
  const auto of = [](const char* host) { return *Address::parse(host, 993); };
  const std::vector<Address> six_first{of("2001:db8::1"), of("2001:db8::2"), of("2001:db8::3"),
                                       of("192.0.2.1")};
  CHECK(texts(by_turns(six_first)) == std::vector<std::string>{"[2001:db8::1]:993", "192.0.2.1:993",
                                                               "[2001:db8::2]:993", "[2001:db8::3]:993"});
  CHECK(texts(by_turns({of("192.0.2.1"), of("192.0.2.2"), of("2001:db8::1")})) ==
        std::vector<std::string>{"192.0.2.1:993", "[2001:db8::1]:993", "192.0.2.2:993"});
  CHECK(by_turns({}).empty());
}

TEST_CASE("an address that accepts is connected to, and the attempt may end within the call") {
  const Server server(true);
  Lab lab;
  lab.dial({"127.0.0.1", server.port()});
  REQUIRE(lab.stream);
  CHECK(lab.reached == lab.stream->peer().to_string());
  CHECK(lab.tried == std::vector<std::string>{lab.reached});
}

TEST_CASE("a port that refuses is not connected, with the system's word for it") {
  const Server server(false);
  Lab lab;
  lab.dial({"127.0.0.1", server.port()});
  REQUIRE(lab.failure);
  CHECK(lab.failure->kind == Kind::not_connected);
  CHECK(lab.failure->detail == "connection refused");
}

TEST_CASE("mailtap's own listeners are never dialled") {
  const Server server(true);
  Lab lab;
  lab.dial({"127.0.0.1", server.port()}, [](const Address&) { return true; });
  REQUIRE(lab.failure);
  CHECK(lab.failure->kind == Kind::loops);
  CHECK(lab.tried.empty());
}

TEST_CASE("an attempt that is given up tells nobody") {
  const Server server(true);
  Lab lab;
  lab.resolver.emplace(&lab.loop);
  TcpDialer dialer(&lab.loop, *lab.resolver, {});
  lab.attempt = dialer.dial({"127.0.0.1", server.port()}, 5s, lab);
  lab.attempt->begin();
  lab.attempt.reset();
  uv_run(&lab.loop, UV_RUN_DEFAULT);
  CHECK_FALSE(lab.stream);
  CHECK_FALSE(lab.failure);
}
