#include "proxy/ingress/sni_table.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;
using proxy::ingress::SniTable;

namespace {

SniTable table(std::initializer_list<std::string_view> routes) {
  std::vector<config::SniRoute> parsed;
  for (const auto route : routes) parsed.push_back(config::parse_sni_route(route).value());
  return SniTable(parsed);
}

std::string to(const SniTable& table, std::string_view sni) {
  const auto* upstream = table.find(sni);
  return upstream != nullptr ? upstream->to_string() : "nowhere";
}

}  // namespace

TEST_CASE("a name goes by its own entry, else by the longest suffix") {
  const auto names =
      table({"mail.example=a:1", "*.corp.example=b:2", "*.eu.corp.example=c:3", "x.corp.example=d:4"});
  CHECK(to(names, "mail.example") == "a:1");
  CHECK(to(names, "MAIL.Example") == "a:1");
  CHECK(to(names, "y.corp.example") == "b:2");
  CHECK(to(names, "x.corp.example") == "d:4");
  CHECK(to(names, "z.x.corp.example") == "b:2");
  CHECK(to(names, "y.eu.corp.example") == "c:3");
  CHECK(to(names, "eu.corp.example") == "b:2");
}

TEST_CASE("names that have no entry, and what is no name, go nowhere") {
  const auto names = table({"mail.example=a:1", "*.corp.example=b:2"});
  for (const auto* sni :
       {"", "other.example", "corp.example", "mail.example.", "xmail.example", "acorp.example",
        "*.corp.example", ".corp.example", "a..corp.example", "192.0.2.1", "::1", "mail.example ",
        "-a.corp.example", "mail.example/x", "\xC3\xA4.corp.example"}) {
    INFO(sni);
    CHECK(to(names, sni) == "nowhere");
  }
  CHECK(names.find(std::string_view("mail.example\0", 13)) == nullptr);
  CHECK(to(names, std::string(64, 'a') + ".corp.example") == "nowhere");
  CHECK(to(names, std::string(63, 'a') + ".corp.example") == "b:2");
  CHECK(table({}).empty());
}
