#include "config/ingress.h"

#include <catch2/catch_test_macros.hpp>

#include <arpa/inet.h>

#include "config/check.h"

using namespace mailtap;
using namespace mailtap::config;

namespace {

bool allows(std::initializer_list<std::string_view> allowed, const std::string& host, std::uint16_t port) {
  std::vector<Destination> destinations;
  for (const auto one : allowed) destinations.push_back(parse_destination(one).value());
  return is_allowed(destinations, {host, port});
}

bool holds(std::string_view network, std::string_view address) {
  return parse_network(network).value().contains(parse_network(address).value().address);
}

/// The problems of a file with one route that has these lines, its listener on loopback unless it says
/// otherwise.
std::string problems(const std::string& lines, const std::string& listen = "127.0.0.1:8443") {
  RunCommandLine line;
  line.config_file = "m.toml";
  const auto settings = settings_from(line, "[[route]]\nlisten = \"" + listen + "\"\n" + lines);
  return settings ? "none" : settings.error().message;
}

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a network holds the addresses that share its prefix") {
  CHECK(holds("10.0.0.0/8", "10.255.1.2"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  CHECK(holds("192.0.2.128/25", "192.0.2.129"));
  CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  CHECK(holds("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.7", "192.0.2.6"));
  CHECK(holds("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK_FALSE(holds("2001:db8::/32", "2001:db9::"));
  CHECK(holds("0.0.0.0/0", "255.1.2.3"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("::/0", "192.0.2.7"));
}

TEST_CASE("what is no network is told") {
  for (const auto* text :
       {"", "10.0.0.0/33", "10.0.0.1/8", "2001:db8::/129", "mail.test", "10.0.0.0/", "10/8", "/8"}) {
    INFO(text);
    CHECK_FALSE(parse_network(text));
  }
}

TEST_CASE("an SNI route is a name or all names below one, and a server") {
  CHECK(parse_sni_route("Mail.Example=h:443") == SniRoute{"mail.example", {"h", 443}});
  CHECK(parse_sni_route("*.corp.example=[::1]:993") == SniRoute{"*.corp.example", {"::1", 993}});
  for (const auto* text : {"mail.example", "=h:443", "mail.example=h", "192.0.2.1=h:443", "a.*.example=h:443",
                           "*=h:443", "mail..example=h:443", "mail.example:443=h:443"}) {
    INFO(text);
    CHECK_FALSE(parse_sni_route(text));
  }
}

TEST_CASE("without a list CONNECT may ask for mail's ports on every host") {
  for (const std::uint16_t port : {443, 465, 587, 993, 995, 25, 143, 110})
    CHECK(allows({}, "any.test", port));
  for (const std::uint16_t port : {22, 80, 3389, 8080}) CHECK_FALSE(allows({}, "any.test", port));
}

TEST_CASE("a list says which hosts, networks and ports CONNECT may ask for") {
  CHECK(allows({"mail.test:8443"}, "Mail.Test", 8443));
  CHECK_FALSE(allows({"mail.test:8443"}, "mail.test", 443));
  CHECK(allows({"mail.test"}, "mail.test", 993));
  CHECK_FALSE(allows({"mail.test"}, "mail.test", 22));
  CHECK(allows({"*.corp.test:443"}, "a.b.corp.test", 443));
  CHECK_FALSE(allows({"*.corp.test:443"}, "corp.test", 443));
  CHECK_FALSE(allows({"*.corp.test:443"}, "evilcorp.test", 443));
  CHECK(allows({":8443"}, "any.test", 8443));
  CHECK(allows({"10.0.0.0/8:8443"}, "10.1.2.3", 8443));
  CHECK_FALSE(allows({"10.0.0.0/8:8443"}, "11.1.2.3", 8443));
  CHECK_FALSE(allows({"10.0.0.0/8:8443"}, "ten.test", 8443));
  CHECK(allows({"2001:db8::/32"}, "2001:db8::1", 443));
  CHECK(allows({"[2001:db8::/32]:8443"}, "2001:db8::1", 8443));
  CHECK(allows({"a.test", "b.test"}, "b.test", 443));
  for (const auto* text :
       {"", "*", "mail.test:", "mail.test:0", "mail.test:x", "https://mail.test", "[::1", "a b:443"}) {
    INFO(text);
    CHECK_FALSE(parse_destination(text));
  }
}

TEST_CASE("a route needs an upstream unless its connections say where they go") {
  CHECK(has(problems(""), "upstream: is missing"));
  CHECK(problems("sni-route = \"a.test=b:1\"") == "none");
  CHECK(problems("connect-proxy = true") == "none");
  CHECK(problems("transparent = \"redirect\"") == "none");
  CHECK(has(problems("upstream = \"b:1\"\nconnect-proxy = true"),
            "m.toml:3:1: upstream: connect-proxy learns"));
  CHECK(has(problems("upstream = \"b:1\"\ntransparent = \"tproxy\""),
            "m.toml:3:1: upstream: transparent learns"));
}

TEST_CASE("options of insertion that exclude each other are told at their place") {
  CHECK(has(problems("connect-proxy = true\ntransparent = \"redirect\""),
            "m.toml:4:1: transparent: can't go together with connect-proxy"));
  CHECK(has(problems("connect-proxy = true\nsni-route = \"a.test=b:1\""),
            "m.toml:4:1: sni-route: can't go together with connect-proxy"));
  CHECK(has(problems("proxy-protocol = true\ntransparent = \"redirect\""),
            "m.toml:3:1: proxy-protocol: can't go together with transparent"));
  CHECK(has(problems("sni-route = \"a.test=b:1\"\nstarttls = true"),
            "m.toml:4:1: starttls: sni-route goes by"));
  CHECK(has(problems("sni-route = [\"a.test=b:1\", \"A.test=c:1\"]"), "a.test is routed twice"));
  CHECK(has(problems("sni-route = \"a.test=127.0.0.1:8443\""), "this route's own listener"));
  CHECK(has(problems("upstream = \"b:1\"\nconnect-allow = \":443\""), "m.toml:4:1: connect-allow: is about"));
  CHECK(has(problems("upstream = \"b:1\"\nproxy-protocol-from = \"::1\""),
            "m.toml:4:1: proxy-protocol-from: is given"));
}

TEST_CASE("a listener that others reach is no open proxy, and believes no stranger's header") {
  CHECK(has(problems("connect-proxy = true", ":8080"), "m.toml:3:1: connect-proxy: *:8080 can be reached"));
  CHECK(problems("connect-proxy = true\nallow-from = \"10.0.0.0/8\"", ":8080") == "none");
  CHECK(problems("connect-proxy = true\nconnect-allow = \"mail.test:443\"", "192.0.2.1:8080") == "none");
  CHECK(problems("connect-proxy = true", "[::1]:8080") == "none");
  CHECK(has(problems("upstream = \"b:1\"\nproxy-protocol = true", "192.0.2.1:443"),
            "m.toml:4:1: proxy-protocol: 192.0.2.1:443"));
  CHECK(problems("upstream = \"b:1\"\nproxy-protocol = true") == "none");
}
