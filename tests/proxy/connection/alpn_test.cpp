#include "proxy/connection/alpn.h"

#include <catch2/catch_test_macros.hpp>

using mailtap::config::Route;
using mailtap::proxy::relayable_alpn;
using Names = std::vector<std::string>;

TEST_CASE("what the client offers is offered to the server in its order, each once") {
  CHECK(relayable_alpn({"h2", "http/1.1", "h2", "xmpp-client"}, Route{}) ==
        Names{"h2", "http/1.1", "xmpp-client"});
  CHECK(relayable_alpn({}, Route{}).empty());
}

TEST_CASE("a route that says which protocols are allowed has no others, in the client's order") {
  Route route;
  route.alpn = {"http/1.1", "imap"};
  CHECK(relayable_alpn({"h2", "imap", "http/1.1"}, route) == Names{"imap", "http/1.1"});
  route.alpn->clear();
  CHECK(relayable_alpn({"h2", "http/1.1"}, route).empty());
}

TEST_CASE("names that couldn't be written down, and endless lists, aren't carried over") {
  CHECK(relayable_alpn({std::string("\x0a\x0a"), std::string("h2\0x", 4), "", "http 1", "imap"}, Route{}) ==
        Names{"imap"});
  Names many;
  for (int i = 0; i < 10'000; ++i) many.push_back(std::to_string(i));
  CHECK(relayable_alpn(many, Route{}).size() == 32);
}
