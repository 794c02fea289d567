#include "proxy/net/steering.h"

#include <catch2/catch_test_macros.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/net/listen_socket.h"

using namespace mailtap;

namespace {

/// How many of `connections` each socket of the group got.
std::vector<int> shared_out(const net::ListenGroup& group, int connections) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(group.address.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < connections; ++i) {
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    ::close(client);
  }
  std::vector<int> got;
  for (const auto& socket : group.sockets) {
    auto& count = got.emplace_back(0);
    for (int one = 0; (one = ::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ++count)
      ::close(one);
  }
  return got;
}

}  // namespace

TEST_CASE("new connections go to the sockets that they are steered to") {
  const auto group = net::bind_group({"127.0.0.1", 0}, 3);
  REQUIRE(group);
  const int any = group->sockets[1].get();
  if (!net::steer(any, {.first = 2, .count = 1, .of = 3})) SKIP("the system doesn't steer");
  CHECK(shared_out(*group, 20) == std::vector{0, 0, 20});
  REQUIRE(net::steer(any, {.first = 0, .count = 1, .of = 3}));
  CHECK(shared_out(*group, 20) == std::vector{20, 0, 0});

  REQUIRE(net::steer(any, {.first = 2, .count = 2, .of = 3}));
  const auto by_two = shared_out(*group, 100);
  CHECK(by_two[0] > 0);
  CHECK(by_two[1] == 0);
  CHECK(by_two[2] > 0);

  net::stop_steering(any);
  const auto by_the_system = shared_out(*group, 100);
  CHECK(by_the_system[0] + by_the_system[1] + by_the_system[2] == 100);
}
