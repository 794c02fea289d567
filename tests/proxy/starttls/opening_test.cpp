#include "proxy/starttls/opening.h"

#include <catch2/catch_test_macros.hpp>

#include "config/route.h"

using namespace mailtap;
using namespace mailtap::starttls;

namespace {

Opening opening(std::uint16_t port, config::Protocol protocol = config::Protocol::automatic,
                std::optional<bool> starttls = {}) {
  config::Route route;
  route.protocol = protocol;
  route.starttls = starttls;
  return opening_of(route, port);
}

}  // namespace

TEST_CASE(
    "with starttls a connection begins in plaintext, of the protocol that the route or the port tells") {
  CHECK(opening(2525, config::Protocol::automatic, true).begins == Begins::in_plaintext);
  CHECK_FALSE(opening(2525, config::Protocol::automatic, true).protocol);
  CHECK(opening(2525, config::Protocol::smtp, true).protocol == Protocol::smtp);
  CHECK(opening(110, config::Protocol::automatic, true).protocol == Protocol::pop3);
  CHECK(opening(110, config::Protocol::imap, true).protocol == Protocol::imap);
}

TEST_CASE("on ports where mail servers greet, either side may begin") {
  for (const std::uint16_t port : {25, 587, 110, 143}) CHECK(opening(port).begins == Begins::with_either);
  CHECK(opening(25).protocol == Protocol::smtp);
  CHECK(opening(587).protocol == Protocol::smtp);
  CHECK(opening(143).protocol == Protocol::imap);
}

TEST_CASE("elsewhere the client begins, and the server is asked only when it is silent") {
  for (const std::uint16_t port : {443, 465, 993, 995})
    CHECK(opening(port).begins == Begins::with_hello_unless_silent);
}

TEST_CASE("without starttls, and with protocols that have none, the client begins") {
  CHECK(opening(25, config::Protocol::automatic, false).begins == Begins::with_hello);
  CHECK(opening(443, config::Protocol::http).begins == Begins::with_hello);
  CHECK(opening(25, config::Protocol::raw).begins == Begins::with_hello);
}
