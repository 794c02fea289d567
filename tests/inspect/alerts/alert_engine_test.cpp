#include "inspect/alerts/alert_engine.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "certs/verify/verdict.h"
#include "transcript.h"

using namespace mailtap;
using namespace mailtap::testing;
using alerts::Kind;
using certs::Fault;
using inspect::ReactionKind;

namespace {

Server ending_in(std::chrono::seconds time, const std::string& leaf = "aa11") {
  Server server;
  server.leaf = leaf;
  server.ends = std::chrono::floor<std::chrono::seconds>(noon()) + time;
  return server;
}

Server faulty(std::vector<Fault> faults, const std::string& leaf = "aa11") {
  Server server;
  server.leaf = leaf;
  server.faults = std::move(faults);
  return server;
}

Server with_leaf(const std::string& leaf, const std::string& key = "key1",
                 const std::string& issuer = "CN=Contoso CA") {
  Server server;
  server.leaf = leaf;
  server.key = key;
  server.issuer = issuer;
  return server;
}

}  // namespace

TEST_CASE("a server that stays as it is is never told of") {
  Transcript t;
  for (int hour = 0; hour < 100; ++hour) {
    CHECK(t.sees({}).empty());
    CHECK(t.after(1h).empty());
  }
  CHECK(t.keeper.active().empty());
}

TEST_CASE("the first sight of a server is no change, however bad it is") {
  Transcript t;
  CHECK(t.sees(faulty({Fault::self_signed})).empty());
  CHECK(t.after(1h).empty());
}

// --- certificate-near-expiry ------------------------------------------------------------------------------

TEST_CASE("a near end is told when 30, 14, 7, 1 and 0 days are left, each once") {
  Transcript t;
  const auto server = ending_in(40 * day);
  CHECK(t.sees(server).empty());
  std::vector<std::int64_t> left;
  for (int hour = 0; hour < 24 * 45; ++hour) {
    const auto said = t.after(1h);
    if (said.empty()) continue;
    CHECK(said == "certificate-near-expiry raised");
    left.push_back(t.told.back().expiry->days_left);
  }
  CHECK(left == std::vector<std::int64_t>{30, 14, 7, 1, 0});
  CHECK(t.told.front().connection == 0);
  CHECK(t.told.front().expiry->threshold == 30);
  CHECK(t.told.back().expiry->threshold == 0);
  CHECK(t.keeper.active().size() == 1);
}

TEST_CASE("a certificate that is near its end at first sight is told of once") {
  Transcript t;
  CHECK(t.sees(ending_in(5 * day)) == "certificate-near-expiry raised");
  CHECK(t.told.back().expiry->threshold == 7);
  CHECK(t.told.back().summary ==
        "the certificate of mail.contoso.com (10.0.0.5:443) ends in 5 days, on 2026-11-28");
  CHECK(t.sees(ending_in(5 * day)).empty());
  CHECK(t.after(1h).empty());
}

TEST_CASE("one that has ended says since when") {
  Transcript t;
  CHECK(t.sees(ending_in(-day)) == "certificate-near-expiry raised");
  CHECK(t.told.back().summary == "the certificate of mail.contoso.com (10.0.0.5:443) ended on 2026-11-22");
}

TEST_CASE("a renewed certificate clears it once the old one wasn't seen for a while") {
  Transcript t;
  CHECK(t.sees(ending_in(5 * day, "old")) == "certificate-near-expiry raised");
  t.after(1h);
  CHECK(t.sees(ending_in(90 * day, "new")) == "chain-changed notice, certificate-near-expiry cleared");
  CHECK(t.told.back().summary ==
        "the certificate of mail.contoso.com (10.0.0.5:443) now lasts until 2027-02-21");
  CHECK(t.keeper.active().empty());
}

TEST_CASE("while one of two servers still shows the old certificate its end isn't cleared") {
  Transcript t;
  CHECK(t.sees(ending_in(5 * day, "old")) == "certificate-near-expiry raised");
  CHECK(t.sees(ending_in(90 * day, "new")) == "chain-changed notice");
  for (int minute = 0; minute < 100; ++minute) {
    CHECK(t.sees(ending_in(5 * day, "old")).empty());
    CHECK(t.after(1min).empty());
    CHECK(t.sees(ending_in(90 * day, "new")).empty());
  }
  CHECK(t.after(11min) == "certificate-near-expiry cleared");
}

TEST_CASE("fewer days to tell of leave out the larger steps") {
  alerts::AlertRules how;
  how.expiry_days = 10;
  Transcript t(how);
  CHECK(t.sees(ending_in(12 * day)).empty());
  CHECK(t.after(2 * day) == "certificate-near-expiry raised");
  CHECK(t.told.back().expiry->threshold == 10);
  CHECK(t.after(3 * day) == "certificate-near-expiry raised");
  CHECK(t.told.back().expiry->threshold == 7);
}

TEST_CASE("a certificate that can't be read has no end") {
  Transcript t;
  auto server = faulty({Fault::malformed});
  server.ends = Time{};
  CHECK(t.sees(server).empty());
}

// --- verdict-changed --------------------------------------------------------------------------------------

TEST_CASE("a certificate that is no longer trusted is told of, from what to what, and cleared") {
  Transcript t;
  CHECK(t.sees({}).empty());
  CHECK(t.sees(faulty({Fault::expired})) == "verdict-changed raised");
  const auto raised = t.told.back();
  CHECK(raised.summary ==
        "the certificate of mail.contoso.com (10.0.0.5:443) was trusted and is untrusted: expired");
  CHECK(raised.verdict->to.reasons == std::vector<std::string>{"expired: expired on 2026-11-22"});
  CHECK(raised.advice ==
        "A certificate of the chain has ended (expired on 2026-11-22, 1 day ago): renew it on the server.");
  CHECK(t.keeper.active().size() == 1);
  CHECK(t.sees(faulty({Fault::expired})).empty());
  // The very chain is judged otherwise now, as after a reload with another trust store.
  CHECK(t.sees({}) == "verdict-changed cleared");
  CHECK(t.told.back().verdict->from.faults == std::vector<Fault>{Fault::expired});
  CHECK(t.keeper.active().empty());
}

TEST_CASE("a name that no longer matches is a change of the verdict") {
  Transcript t;
  t.sees({});
  auto other = with_leaf("bb22");
  other.name_matches = false;
  CHECK(t.sees(other) == "chain-changed notice, verdict-changed raised");
  CHECK(to_string(t.told.back().verdict->to) == "trusted; name mismatch");
  CHECK(t.told.back().verdict->to.reasons ==
        std::vector<std::string>{"the certificate is for mail.contoso.com"});
}

TEST_CASE("another fault while it is bad is told too, each once") {
  Transcript t;
  t.sees({});
  CHECK(t.sees(faulty({Fault::expired})) == "verdict-changed raised");
  CHECK(t.sees(faulty({Fault::expired, Fault::weak_key})) == "verdict-changed raised");
  CHECK(t.sees(faulty({Fault::weak_key, Fault::expired})).empty());
  CHECK(t.sees(faulty({Fault::expired})).empty());
  CHECK(t.keeper.active().size() == 1);
}

TEST_CASE("of two servers behind one name a bad one is told of once, and cleared when it is gone") {
  Transcript t;
  const auto good = with_leaf("good");
  const auto bad = faulty({Fault::self_signed}, "bad");
  CHECK(t.sees(good).empty());
  CHECK(t.sees(bad) == "chain-changed notice, verdict-changed raised");
  for (int i = 0; i < 1000; ++i) {
    CHECK(t.sees(good).empty());
    CHECK(t.sees(bad).empty());
    CHECK(t.after(10s).empty());
  }
  CHECK(t.sees(good).empty());
  CHECK(t.after(11min) == "verdict-changed cleared");
}

TEST_CASE("a bad verdict isn't cleared by silence") {
  Transcript t;
  t.sees(with_leaf("good"));
  CHECK(t.sees(faulty({Fault::self_signed}, "bad")) == "chain-changed notice, verdict-changed raised");
  for (int hour = 0; hour < 100; ++hour) CHECK(t.after(1h).empty());
  CHECK(t.sees(with_leaf("good")) == "chain-changed notice, verdict-changed cleared");
}

TEST_CASE("a server that was bad from the first and is mended is told of") {
  Transcript t;
  CHECK(t.sees(faulty({Fault::self_signed}, "bad")).empty());
  t.after(1h);
  CHECK(t.sees(with_leaf("good")) == "chain-changed notice, verdict-changed cleared");
}

// --- chain-changed ----------------------------------------------------------------------------------------

TEST_CASE("another chain is told of with what changed") {
  Transcript t;
  t.sees(with_leaf("l1", "k1"));
  CHECK(t.sees(with_leaf("l2", "k1")) == "chain-changed notice");
  CHECK(t.told.back().chain->changed == std::vector<std::string>{"certificate"});
  CHECK(t.told.back().chain->before.sha256 == "l1");
  CHECK(t.told.back().chain->after.sha256 == "l2");
  CHECK(t.told.back().summary ==
        "mail.contoso.com (10.0.0.5:443) shows a new certificate of the same issuer, with the same key");
  CHECK(t.sees(with_leaf("l3", "k3")) == "chain-changed notice");
  CHECK(t.told.back().chain->changed == std::vector<std::string>{"certificate", "key"});
  CHECK(t.sees(with_leaf("l4", "k4", "CN=Fabrikam CA")) == "chain-changed notice");
  CHECK(t.told.back().chain->changed == std::vector<std::string>{"certificate", "key", "issuer"});
  auto other_intermediate = with_leaf("l4", "k4", "CN=Fabrikam CA");
  other_intermediate.intermediate = "ca02";
  CHECK(t.sees(other_intermediate) == "chain-changed notice");
  CHECK(t.told.back().chain->changed == std::vector<std::string>{"intermediates"});
  CHECK(t.keeper.active().empty());
}

TEST_CASE("a long reason is translated and then cut, between two characters") {
  Transcript transcript;
  transcript.sees({});
  for (std::size_t more = 0; more < 8; ++more) {
    auto verdict = std::make_shared<certs::Verdict>(*verdict_on(with_leaf("bb" + std::to_string(more))));
    verdict->findings = {{Fault::revoked, 0,
                          "may be revoked: the revocation list http://" + std::string(120 + more, 'x') +
                              " can't be had, it holds no revocation list; it holds no revocation list"}};
    alerts::Sighting sighting;
    sighting.route = "vi" + std::to_string(more);
    sighting.upstream = "10.0.0.5:443";
    sighting.language = Language::vietnamese;
    sighting.verdict = verdict_on({});
    transcript.keeper.see(sighting, transcript.now);
    sighting.verdict = verdict;
    const auto alerts = transcript.keeper.see(sighting, transcript.now);
    const auto told = std::find_if(alerts.begin(), alerts.end(),
                                   [](const auto& alert) { return alert.verdict.has_value(); });
    REQUIRE(told != alerts.end());
    const auto& reason = told->verdict->to.reasons.at(0);
    CHECK(reason.starts_with("revoked: có thể đã bị thu hồi"));
    REQUIRE(reason.ends_with("..."));
    // The last character before the dots is whole: as many bytes as its first one says.
    auto last = reason.size() - 4;
    while ((static_cast<unsigned char>(reason[last]) & 0xC0U) == 0x80U) --last;
    const auto first = static_cast<unsigned char>(reason[last]);
    CHECK(reason.size() - 3 - last == (first < 0x80 ? 1U : first < 0xE0 ? 2U : first < 0xF0 ? 3U : 4U));
  }
}

TEST_CASE("servers that take turns are told of once each") {
  Transcript t;
  int told = 0;
  for (int i = 0; i < 1000; ++i) {
    told += t.sees(with_leaf("leaf" + std::to_string(i % 4))).empty() ? 0 : 1;
    told += t.after(1min).empty() ? 0 : 1;
  }
  CHECK(told == 3);
}

TEST_CASE("a chain that wasn't seen for more than a day is news again") {
  Transcript t;
  t.sees(with_leaf("l1"));
  CHECK(t.sees(with_leaf("l2")) == "chain-changed notice");
  t.after(23h);
  CHECK(t.sees(with_leaf("l1")).empty());
  CHECK(t.after(25h).empty());
  CHECK(t.sees(with_leaf("l2")) == "chain-changed notice");
}

TEST_CASE(
    "a server with a new certificate for every connection is told of four times, then four times an hour") {
  Transcript t;
  int told = 0;
  for (int second = 0; second < 3600; ++second) {
    told += t.sees(with_leaf("leaf" + std::to_string(second))).empty() ? 0 : 1;
    told += t.after(1s).empty() ? 0 : 1;
  }
  CHECK(told == 7);
  CHECK(t.keeper.held_back() > 0);
  CHECK(t.told.back().held_back > 0);
}

// --- router-rejects ---------------------------------------------------------------------------------------

TEST_CASE("a router that rejects three times in a row is told of, and when it accepts again") {
  Transcript t;
  CHECK(t.accepted_by("192.0.2.7").empty());
  CHECK(t.rejected_by("192.0.2.7").empty());
  CHECK(t.rejected_by("192.0.2.7").empty());
  CHECK(t.keeper.rejecting() == std::set<std::string>{"192.0.2.7"});
  CHECK(t.rejected_by("192.0.2.7") == "router-rejects raised");
  CHECK(t.told.back().summary ==
        "192.0.2.7 rejects the certificate that it is shown for mail.contoso.com (10.0.0.5:443): "
        "unknown_ca, 3 times in a row");
  CHECK(t.rejected_by("192.0.2.7").empty());
  CHECK(t.keeper.active().size() == 1);
  CHECK(t.accepted_by("192.0.2.7") == "router-rejects cleared");
  CHECK(t.keeper.rejecting().empty());
  CHECK(t.keeper.active().empty());
}

TEST_CASE("an acceptance in between begins the count anew") {
  Transcript t;
  for (int i = 0; i < 100; ++i) {
    CHECK(t.rejected_by("192.0.2.7").empty());
    CHECK(t.rejected_by("192.0.2.7").empty());
    CHECK(t.accepted_by("192.0.2.7").empty());
  }
}

TEST_CASE("what says nothing of the certificate counts neither way") {
  Transcript t;
  t.rejected_by("192.0.2.7");
  t.rejected_by("192.0.2.7");
  for (const auto reaction : {ReactionKind::unknown, ReactionKind::no_request, ReactionKind::other_alert})
    CHECK(t.sees({}, reaction).empty());
  CHECK(t.sees({}, ReactionKind::left_at_certificate) == "router-rejects raised");
  CHECK(t.told.back().router->reaction == ReactionKind::left_at_certificate);
}

TEST_CASE("a health check that always leaves at the certificate is told of once, whatever the router does") {
  Transcript t;
  int told = 0;
  for (int i = 0; i < 1000; ++i) {
    told += t.rejected_by("192.0.2.99").empty() ? 0 : 1;
    CHECK(t.accepted_by("192.0.2.7").empty());
    CHECK(t.after(1min).empty());
  }
  CHECK(told == 1);
  // It doesn't hide a router that begins to reject.
  t.rejected_by("192.0.2.7");
  t.rejected_by("192.0.2.7");
  CHECK(t.rejected_by("192.0.2.7") == "router-rejects raised");
  CHECK(t.accepted_by("192.0.2.7").empty());
}

TEST_CASE("a rejecting client that isn't seen for a day is forgotten, which clears the alert") {
  Transcript t;
  for (int i = 0; i < 3; ++i) t.rejected_by("192.0.2.7");
  CHECK(t.after(23h).empty());
  CHECK(t.after(2h) == "router-rejects cleared");
}

TEST_CASE("many rejecting clients are told of within the rate, and their number is bounded") {
  Transcript t;
  for (int i = 0; i < 500; ++i)
    for (int times = 0; times < 3; ++times) t.rejected_by("192.0.2." + std::to_string(i));
  CHECK(t.told.size() == 4);
  CHECK(t.keeper.rejecting().size() == 16);
}

// --- bounds -----------------------------------------------------------------------------------------------

TEST_CASE("a server that flaps between good and bad is told of within the rate, and last as it is") {
  alerts::AlertRules how;
  how.clear_after = 0ms;
  Transcript t(how);
  t.sees({});
  for (int i = 0; i < 1000; ++i) {
    t.sees(faulty({Fault::expired}));
    t.sees({});
  }
  CHECK(t.told.size() == 8);  // each raised and cleared
  CHECK(t.told.back().state == alerts::State::cleared);
  CHECK(t.sees(faulty({Fault::expired})).empty());
  CHECK(t.after(15min) == "verdict-changed raised");  // it is still so
  CHECK(t.told.back().held_back >= 1);
}

TEST_CASE("all alerts together have a rate of their own") {
  Transcript t;
  for (int i = 0; i < 400; ++i) {
    t.name = "host" + std::to_string(i);
    t.sees(ending_in(day));
  }
  CHECK(t.told.size() == 60);
  CHECK(t.after(10s) == "certificate-near-expiry raised");
}

TEST_CASE("the upstream that wasn't seen for longest goes for a new one") {
  alerts::AlertRules how;
  how.max_upstreams = 2;
  Transcript t(how);
  for (const auto* name : {"a", "b", "a", "c"}) {
    t.name = name;
    t.sees({});
    t.after(1s);
  }
  CHECK(t.keeper.forgotten() == 1);
  t.name = "a";
  CHECK(t.sees(with_leaf("l2")) == "chain-changed notice");
  t.name = "b";
  CHECK(t.sees(with_leaf("l2")).empty());
}

TEST_CASE("a reload forgets the routes that are gone, and alerts that aren't wanted any more") {
  Transcript t;
  t.sees(ending_in(5 * day));
  t.route = "other";
  t.sees(ending_in(5 * day));
  CHECK(t.keeper.active().size() == 2);
  t.keeper.keep_routes({"exchange"});
  REQUIRE(t.keeper.active().size() == 1);
  CHECK(t.keeper.active()[0].route == "exchange");
  alerts::AlertRules how;
  how.kinds = {Kind::chain_changed};
  t.keeper.set(how);
  CHECK(t.keeper.active().empty());
  t.route = "exchange";
  CHECK(t.sees(ending_in(1 * day)).empty());
  CHECK(t.sees(with_leaf("l2")) == "chain-changed notice");
  t.keeper.set({});
  CHECK(t.after(11min).empty());
}

TEST_CASE("a clock that is set back holds nothing back for good") {
  Transcript t;
  t.now += 1000h;
  for (int i = 0; i < 10; ++i) t.sees(with_leaf("leaf" + std::to_string(i)));
  t.now -= 1000h;
  t.sees(with_leaf("later"));
  CHECK(t.after(16min) == "chain-changed notice");
}
