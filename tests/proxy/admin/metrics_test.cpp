#include "proxy/admin/metrics.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "inspect/record.h"
#include "records.h"

using namespace mailtap;
using namespace mailtap::admin;
using namespace mailtap::testing;

namespace {

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("connections are counted by route and ending, verdicts and faults by theirs") {
  Hub hub;
  Metrics metrics("1.2.3", "portable");
  for (auto connection : {good_connection(1), bad_connection(2), unreached_connection(3)})
    metrics.ended(*hub.ended(std::move(connection), moment()));
  const auto text = metrics.text(hub, {.open_connections = 7, .max_connections = 100, .records_dropped = 2});
  CHECK(has(text, R"(mailtap_build_info{cryptography="portable",version="1.2.3"} 1)"));
  CHECK(has(text, R"(mailtap_connections_total{ending="closed",route="exchange"} 2)"));
  CHECK(has(text, R"(mailtap_connections_total{ending="connect-failed",route="exchange"} 1)"));
  CHECK(has(text, R"(mailtap_verdicts_total{name="match",route="exchange",trust="trusted"} 1)"));
  CHECK(has(text, R"(mailtap_certificate_faults_total{fault="self-signed",route="exchange"} 1)"));
  CHECK(has(text, R"(mailtap_handshake_seconds_count{leg="upstream"} 2)"));
  CHECK(has(text, "mailtap_connections_open 7"));
  CHECK(has(text, "mailtap_admin_records_dropped_total 2"));
  CHECK(has(text, R"(mailtap_upstream_certificate_trusted{route="exchange",)"
                  R"(upstream="exchange.contoso.local:443",name="mail.contoso.com"} 0)"));
  CHECK(text.find("\nprocess_resident_memory_bytes ") != std::string::npos);
}

TEST_CASE("control characters of peers don't get into labels, nor what reorders text") {
  Hub hub;
  Metrics metrics("1", "portable");
  metrics.ended(*hub.ended(good_connection(1, "a\x1b[31m\x07\x7f\xc2\x9b\xe2\x80\xae\xff\r.test"), moment()));
  const auto text = metrics.text(hub, {});
  CHECK(text.find(R"(name="a\\x1b[31m\\x07\\x7f\\u009b\\u202e\\xff\\x0d.test")") != std::string::npos);
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }));
}

TEST_CASE("however many names there are, the number of series is bounded") {
  Hub hub({.upstreams = 10});
  Metrics metrics("1", "portable");
  for (std::uint64_t id = 0; id < 500; ++id)
    metrics.ended(*hub.ended(good_connection(id, "n" + std::to_string(id) + "\xff\"\n.test"), moment()));
  const auto text = metrics.text(hub, {});
  CHECK(std::count(text.begin(), text.end(), '\n') < 300);
  CHECK(has(text, "mailtap_admin_upstreams_forgotten_total 490"));
}
