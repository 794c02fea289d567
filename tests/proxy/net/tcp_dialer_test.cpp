#include "proxy/net/tcp_dialer.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
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

/// A socket on the loopback whose queue is full, so that who connects to it hears nothing.
class HangingServer {
 public:
  HangingServer() {
    const auto address = *Address::parse("127.0.0.1", server_.port());
    for (auto& fd : waiting_) {
      fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      REQUIRE(fd >= 0);
      if (::connect(fd, address.get(), address.size()) != 0) REQUIRE(errno == EINPROGRESS);
    }
    // The last of them waits already.
    int status = ::connect(waiting_.back(), address.get(), address.size());
    REQUIRE((status == -1 && errno == EALREADY));
  }
  ~HangingServer() {
    for (const int fd : waiting_) ::close(fd);
  }
  HangingServer(const HangingServer&) = delete;
  HangingServer& operator=(const HangingServer&) = delete;

  Address address() const { return *Address::parse("127.0.0.1", server_.port()); }

 private:
  Server server_{true};
  std::array<int, 6> waiting_{};
};

/// Knows the addresses of the one name that there is.
class OneName final : public Resolver {
 public:
  OneName(uv_loop_t* loop, std::vector<Address> addresses)
      : Resolver(loop), addresses_(std::move(addresses)) {}
  void resolve(const config::Endpoint& /*endpoint*/, const void* /*owner*/, Answer answer) override {
    answer(addresses_, 0);
  }
  void forget(const void* /*owner*/) override {}

 private:
  std::vector<Address> addresses_;
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
  /// A name that has these addresses. How long it took is in `took`.
  void dial_any_of(std::vector<Address> addresses, std::chrono::milliseconds within = 5s) {
    OneName one_name(&loop, std::move(addresses));
    TcpDialer dialer(&loop, one_name, {});
    attempt = dialer.dial({"mail.example", 993}, within, *this);
    uv_update_time(&loop);
    began = uv_now(&loop);
    attempt->begin();
    uv_run(&loop, UV_RUN_DEFAULT);
    took = std::chrono::milliseconds(uv_now(&loop) - began);
  }
  std::size_t open_sockets() {
    std::size_t count = 0;
    uv_walk(
        &loop,
        [](uv_handle_t* handle, void* to) {
          if (handle->type == UV_TCP && uv_is_closing(handle) == 0) ++*static_cast<std::size_t*>(to);
        },
        &count);
    return count;
  }

  void on_dialing(const Address& address) override {
    tried.push_back(address.to_string());
    tried_after.emplace_back(uv_now(&loop) - began);
  }
  void on_dialled(std::unique_ptr<Stream> connected, const Address& address) override {
    stream = std::move(connected);
    sockets_when_reached = open_sockets();
    reached = address.to_string();
    attempt.reset();
  }
  void on_not_dialled(const DialFailure& why) override { failure = why; }

  uv_loop_t loop{};
  std::optional<Resolver> resolver;
  std::unique_ptr<Dialer::Attempt> attempt;
  std::unique_ptr<Stream> stream;
  std::vector<std::string> tried;
  std::vector<std::chrono::milliseconds> tried_after;
  std::uint64_t began = 0;  // loop time, ms
  std::chrono::milliseconds took{};
  std::size_t sockets_when_reached = 0;
  std::string reached;
  std::optional<DialFailure> failure;
};

std::vector<std::string> texts(const std::vector<Address>& addresses) {
  std::vector<std::string> all;
  for (const auto& address : addresses) all.push_back(address.to_string());
  return all;
}

}  // namespace

TEST_CASE("an address is read as it is written") {
  for (const auto* text : {"192.0.2.1:25", "[2001:db8::1]:65535"}) {
    const auto address = Address::parse(text);
    REQUIRE(address);
    CHECK(address->to_string() == text);
  }
  for (const auto* text :
       {"", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:2x", "mail.test:25", "[::1]"})
    CHECK_FALSE(Address::parse(text));
  CHECK(Address().endpoint().host.empty());
}

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

TEST_CASE("while one address hangs the next is begun after 250 ms and taken, and the hung one is closed") {
  const HangingServer hanging;
  const Server server(true);
  const auto good = *Address::parse("127.0.0.1", server.port());
  Lab lab;
  lab.dial_any_of({hanging.address(), good});
  REQUIRE(lab.stream);
  CHECK(lab.reached == good.to_string());
  CHECK(lab.tried == std::vector{hanging.address().to_string(), good.to_string()});
  CHECK(lab.tried_after.at(1) >= TcpDialer::attempt_delay);
  CHECK(lab.tried_after.at(1) < 2s);
  CHECK(lab.sockets_when_reached == 1);
  CHECK(lab.took < 5s);  // nothing is left that waits
}

TEST_CASE("an address that refuses has the next one begin at once") {
  const Server refusing(false), server(true);
  const auto good = *Address::parse("127.0.0.1", server.port());
  std::vector<Address> addresses(12, *Address::parse("127.0.0.1", refusing.port()));
  addresses.push_back(good);
  Lab lab;
  lab.dial_any_of(addresses, 1min);
  CHECK(lab.reached == good.to_string());
  CHECK(lab.tried.size() == 13);
  CHECK(lab.took < 2s);  // 3 s if each had its delay
}

TEST_CASE("while an address hangs, one that refuses isn't the end, and the time is shared and kept") {
  const HangingServer hanging;
  const Server refusing(false);
  Lab lab;
  lab.dial_any_of({hanging.address(), *Address::parse("127.0.0.1", refusing.port())}, 200ms);
  REQUIRE(lab.failure);
  CHECK(lab.failure->kind == Kind::timed_out);
  REQUIRE(lab.tried.size() == 2);
  CHECK(lab.tried_after.at(1) >= 100ms);  // half of the time is its share
  CHECK(lab.took >= 200ms);
  CHECK(lab.open_sockets() == 0);
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
