#include "proxy/ingress/own_listeners.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;
using proxy::ingress::OwnListeners;

namespace {

net::Address address(const char* host, std::uint16_t port) {
  return net::Address::parse(host, port).value();
}

}  // namespace

TEST_CASE("an own listener is its address and port") {
  OwnListeners own;
  own.set({"127.0.0.1:8443", "[::1]:8444"});
  CHECK(own.contains(address("127.0.0.1", 8443)));
  CHECK(own.contains(address("::ffff:127.0.0.1", 8443)));
  CHECK(own.contains(address("::1", 8444)));
  CHECK_FALSE(own.contains(address("127.0.0.1", 8444)));
  CHECK_FALSE(own.contains(address("127.0.0.2", 8443)));
  CHECK_FALSE(own.contains(address("::1", 8443)));
}

TEST_CASE("a listener on every address is on each that is this machine's") {
  for (const auto* any : {"*:8443", "[::]:8443", "0.0.0.0:8443"}) {
    INFO(any);
    OwnListeners own;
    own.set({any});
    CHECK(own.contains(address("127.0.0.1", 8443)));
    CHECK(own.contains(address("127.9.9.9", 8443)));
    CHECK(own.contains(address("0.0.0.0", 8443)));
    CHECK_FALSE(own.contains(address("192.0.2.1", 8443)));
    CHECK_FALSE(own.contains(address("127.0.0.1", 443)));
  }
}
