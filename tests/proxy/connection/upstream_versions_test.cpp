#include "proxy/connection/upstream_versions.h"

#include <catch2/catch_test_macros.hpp>

#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace std::chrono_literals;

namespace {

const tls::Agreed nothing;
const tls::Agreed tls13{tls::Version::tls13, {}, {}, {}};
const tls::Failure hung_up{0, {}, false, "it hung up"};
const tls::Failure refuses{0, tls::alert::unknown_ca, true, "it refuses"};
const std::string server = "exchange.example:443";
const UpstreamVersions::Time now{};
constexpr config::LegacyTls allowed{.upstream = true}, forbidden{};

bool asks_old(const UpstreamVersions& versions) {
  tls::ClientParameters parameters;
  versions.put_into(parameters);
  CHECK(parameters.is_fallback == (parameters.max_version == tls::newest_legacy));
  return parameters.is_fallback;
}

UpstreamVersions chosen(const config::LegacyTls& legacy, OldServers& known) {
  UpstreamVersions versions(legacy, known);
  versions.choose(server, now);
  return versions;
}

}  // namespace

TEST_CASE("a server that hangs up is asked once more with old versions, and remembered when they work") {
  OldServers known;
  auto versions = chosen(allowed, known);
  CHECK_FALSE(asks_old(versions));
  CHECK(versions.ask_once_more(nothing, hung_up, true, now));
  CHECK(asks_old(versions));
  CHECK_FALSE(known.knows(server, now));
  versions.has_worked(now);
  CHECK(known.knows(server, now + 1min));

  CHECK(asks_old(chosen(allowed, known)));
}

TEST_CASE("it is asked twice and no more, and the log has both failures") {
  OldServers known;
  auto versions = chosen(allowed, known);
  REQUIRE(versions.ask_once_more(nothing, hung_up, true, now));
  CHECK_FALSE(versions.ask_once_more(nothing, hung_up, true, now));
  CHECK(versions.detail(nothing, {0, {}, false, "it hung up again"}) ==
        "it hung up again (asked with TLS 1.0 and 1.1, after TLS 1.2 and 1.3: it hung up)");
  CHECK_FALSE(known.knows(server, now));
}

TEST_CASE("of a server that has no old versions the log says first why it refused the new ones") {
  for (const auto alert : {tls::alert::protocol_version, tls::alert::inappropriate_fallback}) {
    OldServers known;
    auto versions = chosen(allowed, known);
    REQUIRE(versions.ask_once_more(nothing, hung_up, true, now));
    CHECK(versions.detail(nothing, {0, alert, true, "not so old"}) ==
          "it hung up (asked once more, with TLS 1.0 and 1.1: not so old)");
    CHECK(versions.alert({0, alert, true, "not so old"}) == tls::alert::handshake_failure);
    CHECK(versions.alert(refuses) == tls::alert::unknown_ca);
  }
}

TEST_CASE("a server that is no longer old is asked with new versions, and forgotten") {
  OldServers known;
  known.remember(server, now);
  auto versions = chosen(allowed, known);
  REQUIRE(asks_old(versions));
  CHECK(versions.ask_once_more(tls13, refuses, true, now));
  CHECK_FALSE(asks_old(versions));
  CHECK_FALSE(known.knows(server, now));
  CHECK(versions.detail(tls13, {0, {}, false, "still"}) ==
        "still (asked with TLS 1.0 and 1.1 first: it refuses)");
}

TEST_CASE("after STARTTLS nothing can be asked again: the next connection is asked with old versions") {
  OldServers known;
  auto versions = chosen(allowed, known);
  CHECK_FALSE(versions.ask_once_more(nothing, hung_up, false, now));
  CHECK_FALSE(asks_old(versions));
  CHECK(asks_old(chosen(allowed, known)));
}

TEST_CASE(
    "where the route doesn't allow old versions nothing is asked again, and the log says which option "
    "would") {
  OldServers known;
  known.remember(server, now);
  auto versions = chosen(forbidden, known);
  CHECK_FALSE(asks_old(versions));
  CHECK_FALSE(versions.ask_once_more(nothing, hung_up, true, now));
  CHECK(versions.detail(nothing, hung_up).find("--legacy-tls") != std::string::npos);
}

TEST_CASE("a failure that has nothing to do with versions is final") {
  OldServers known;
  auto versions = chosen(allowed, known);
  CHECK_FALSE(versions.ask_once_more(tls13, refuses, true, now));
  CHECK(versions.detail(tls13, refuses) == "it refuses");
}
