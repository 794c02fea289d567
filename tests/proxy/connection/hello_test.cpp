// What the server is offered on behalf of a client, and what is found out about the two of them alone.
#include <catch2/catch_test_macros.hpp>
#include <ctime>

#include "inspect/record.h"
#include "lab.h"
#include "tls/alert.h"
#include "tls/client_hello.h"
#include "tls/offer/offer.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using namespace std::chrono_literals;
using inspect::DifferenceKind;

namespace {

constexpr int rsa_gcm[] = {tls::suite::TLS_RSA_WITH_AES_128_GCM_SHA256, 0};
constexpr int two_suites[] = {tls::suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                              tls::suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};
constexpr int one_suite[] = {tls::suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, 0};
constexpr std::uint16_t p384_first[] = {tls::group::secp384r1, tls::group::secp256r1, 0};

/// What the server was offered, by the bytes that came to it first.
tls::ClientHello offered_to(Peer& server) {
  const auto hello = tls::parse_client_hello(as_bytes(server.heard));
  REQUIRE(hello);
  REQUIRE(*hello);
  return **hello;
}

bool sends(const tls::ClientHello& hello, std::uint16_t type) {
  return std::find(hello.extensions.begin(), hello.extensions.end(), type) != hello.extensions.end();
}

/// The client's hello has come through to a server that says nothing.
tls::ClientHello offered(Lab& lab) {
  lab.server_begins_with_tls = false;
  lab.begin();
  return offered_to(lab.server);
}

bool has(const inspect::ConnectionRecord& record, DifferenceKind kind) {
  const auto is_it = [&](const auto& each) { return each.kind == kind; };
  return std::any_of(record.differences.begin(), record.differences.end(), is_it) ||
         (record.hello_differences &&
          std::any_of(record.hello_differences->begin(), record.hello_differences->end(), is_it));
}

}  // namespace

// --- the client's offer, repeated --------------------------------------------------------------------------

TEST_CASE("the server is offered what the client offers, in the client's order") {
  Lab lab;
  lab.client_tls.max_version = tls::Version::tls12;
  lab.client_tls.only.cipher_suites = two_suites;
  lab.client_tls.only.groups = p384_first;
  lab.client_tls.alpn = {"imap", "h3"};
  const auto hello = offered(lab);
  const std::vector<std::uint16_t> suites(std::begin(two_suites), std::end(two_suites) - 1);
  auto got = hello.cipher_suites;
  std::erase(got, tls::suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
  CHECK(got == suites);
  CHECK(hello.groups == std::vector<std::uint16_t>{tls::group::secp384r1, tls::group::secp256r1});
  CHECK(hello.highest_version() == tls::version::tls12);
  CHECK(hello.alpn.front() == "imap");
}

TEST_CASE("a client without tickets or resumption gets a server that is asked for none") {
  Lab lab;
  lab.client_tls.only.without_tickets = true;
  lab.client_tls.only.without_tls13_resumption = true;
  const auto hello = offered(lab);
  CHECK_FALSE(sends(hello, tls::extension::session_ticket));
}

TEST_CASE("with hello own the server is offered all that mailtap has") {
  Lab lab;
  lab.route.hello = config::UpstreamHello::own;
  lab.client_tls.max_version = tls::Version::tls12;
  lab.client_tls.only.cipher_suites = two_suites;
  const auto hello = offered(lab);
  CHECK(hello.highest_version() == tls::version::tls13);
  CHECK(hello.cipher_suites.size() > 20);
}

TEST_CASE("both hellos' JA4 and what the second leaves out are known") {
  Lab lab;
  lab.client_tls.alpn = {"imap", "h3"};
  lab.begin();
  REQUIRE(lab.server.is_established());
  lab.close_in_order();
  REQUIRE(lab.is_over);
  CHECK(lab.record.ja4.size() == 36);
  CHECK(lab.record.upstream_ja4.size() == 36);
  CHECK(lab.record.own_hello.empty());
  CHECK(has(lab.record, DifferenceKind::channel_binding));
  CHECK_FALSE(has(lab.record, DifferenceKind::ciphers));
}

// --- where the server doesn't take it ----------------------------------------------------------------------

TEST_CASE("a server that takes nothing of the client's offer is asked with mailtap's own, and then at once") {
  Lab lab;
  lab.client_tls.max_version = tls::Version::tls12;
  lab.server_tls.min_version = tls::Version::tls13;
  lab.begin();
  CHECK(lab.dialled == 2);
  CHECK(lab.client.is_established());
  CHECK(lab.server.is_established());
  lab.close_in_order();
  REQUIRE(lab.is_over);
  CHECK(lab.record.upstream.version == tls::Version::tls13);
  CHECK(lab.record.own_hello == "refused");
  CHECK(lab.record.bridged.find("mailtap's own hello") != std::string::npos);

  lab.begin_again();
  CHECK(lab.dialled == 3);
  CHECK(lab.client.is_established());
  lab.close_in_order();
  CHECK(lab.record.own_hello == "refused");
  CHECK_FALSE(lab.record.bridged.empty());
}

TEST_CASE("a server that fails at what mailtap asks for, and the client doesn't, is asked without") {
  Lab lab;
  lab.client_tls.asks_for_staple = lab.client_tls.asks_for_timestamps = false;
  SECTION("of the client's offer") {}
  SECTION("with hello own") {
    lab.route.hello = config::UpstreamHello::own;
  }
  auto first = offered(lab);
  CHECK(sends(first, tls::extension::status_request));
  CHECK(sends(first, tls::extension::signed_certificate_timestamp));
  lab.server_begins_with_tls = true;
  lab.server.reset();
  CHECK(lab.dialled == 2);
  REQUIRE(lab.client.is_established());
  lab.close_in_order();
  REQUIRE(lab.is_over);
  CHECK(lab.record.bridged.find("asks for an OCSP staple") != std::string::npos);

  lab.server_begins_with_tls = false;
  lab.begin_again();
  CHECK(lab.dialled == 3);
  CHECK_FALSE(sends(offered_to(lab.server), tls::extension::status_request));
  CHECK_FALSE(sends(offered_to(lab.server), tls::extension::signed_certificate_timestamp));
}

TEST_CASE(
    "what a client asks for is asked for after a refusal too, and a hello that asks for no more isn't "
    "repeated") {
  Lab lab;
  lab.client_tls.only.cipher_suites = two_suites;
  offered(lab);
  lab.server.reset();
  CHECK(lab.dialled == 2);
  CHECK(sends(offered_to(lab.server), tls::extension::status_request));
}

TEST_CASE(
    "after STARTTLS a server that failed at what mailtap asks for is asked without on the next connection") {
  HelloMemory memory;
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = {tls::suite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA};
  const HelloMemory::Time now{};
  const auto asks = [&](tls::Version stopped_at) {
    UpstreamHello next(config::UpstreamHello::mirror, false, false, memory);
    next.choose(hello, "mail.example:143", false, /*repeatable=*/false, now);
    tls::ClientParameters parameters;
    next.put_into(parameters);
    tls::Agreed agreed;
    agreed.version = stopped_at;
    next.has_failed(agreed, {}, now);
    return parameters.asks_for_staple;
  };
  CHECK(asks(tls::Version::tls12));  // the server took the hello
  CHECK(asks(tls::Version::none));
  CHECK_FALSE(asks(tls::Version::none));
}

TEST_CASE("a server that refuses mailtap's own hello too is asked twice once, and then once for a while") {
  Lab lab;
  lab.client_tls.max_version = tls::Version::tls12;
  lab.client_tls.only.cipher_suites = two_suites;
  lab.server_tls.only.cipher_suites = rsa_gcm;  // its key is of ECDSA
  lab.begin();
  CHECK(lab.dialled == 2);
  CHECK(lab.is_over);
  CHECK(lab.reason() == "upstream-handshake-failed");
  lab.begin_again();
  CHECK(lab.dialled == 3);
  CHECK(lab.is_over);
}

TEST_CASE("a client that offers all that mailtap has isn't bridged, as nothing else can be offered") {
  Lab lab;
  lab.server_tls.only.cipher_suites = rsa_gcm;
  lab.begin();
  CHECK(lab.dialled == 1);
  CHECK(lab.is_over);
}

TEST_CASE("after STARTTLS the client's offer is repeated only to a server that is known to take it") {
  Lab lab;
  lab.route.starttls = true;
  lab.client_begins_with_tls = lab.server_begins_with_tls = false;
  lab.route.upstream.port = 143;
  lab.client_tls.max_version = tls::Version::tls12;
  lab.client_tls.only.cipher_suites = one_suite;
  const auto secure = [&] {
    lab.server.say("* OK ready\r\n");
    lab.client.say("a STARTTLS\r\n");
    lab.server.secure(lab.server_session());
    lab.server.wire->to_mailtap += "a OK begin\r\n";
    lab.run();
    lab.client.secure(lab.client_session());
    lab.run();
    REQUIRE(lab.server.is_established());
    REQUIRE(lab.client.is_established());
    lab.close_in_order();
    REQUIRE(lab.is_over);
  };
  lab.begin();
  secure();
  CHECK(lab.record.own_hello == "not-known-yet");
  // What it chose of all that mailtap has tells nothing of the client's offer.
  lab.begin_again();
  secure();
  CHECK(lab.record.own_hello == "not-known-yet");
}

TEST_CASE("a session is resumed by who offers the same, and by nobody else") {
  Lab lab;
  lab.client_tls.max_version = tls::Version::tls12;
  lab.server_tls.max_version = tls::Version::tls12;
  const auto once = [&] {
    lab.dialled == 0 ? lab.begin() : lab.begin_again();
    REQUIRE(lab.client.is_established());
    lab.close_in_order();
    REQUIRE(lab.is_over);
    return lab.record.upstream.resumed;
  };
  lab.server_tls.tickets = *tls::TicketKeys::make();
  CHECK_FALSE(once());
  CHECK(once());
  lab.client_tls.only.cipher_suites = two_suites;
  CHECK_FALSE(once());
  CHECK(once());
}

// --- the client's own hello, played ------------------------------------------------------------------------

namespace {

/// What a server says to it.
Probed says(const Prober::Question& question, tls::offer::Answer answer) {
  Probed probed;
  auto offer = tls::offer::read_offer(question.hello);
  REQUIRE(offer);
  probed.offer = std::make_shared<const tls::offer::Offer>(std::move(*offer));
  probed.answer = std::move(answer);
  return probed;
}

tls::offer::Answer terms(std::uint16_t version, std::uint16_t suite) {
  tls::offer::Answer answer;
  answer.end = tls::offer::Answer::End::answered;
  answer.flight.has_hello = true;
  answer.flight.version = version;
  answer.flight.suite = suite;
  return answer;
}

tls::offer::Answer refusal(int alert) {
  tls::offer::Answer answer;
  answer.end = tls::offer::Answer::End::refused;
  answer.flight.alert = alert;
  return answer;
}

}  // namespace

TEST_CASE(
    "the client's hello is played to the server once its own handshake is over, and the line says what "
    "came") {
  Lab lab;
  lab.route.trial_hello = true;
  lab.client_tls.sni = "mail.example";
  lab.begin();
  REQUIRE(lab.probes.size() == 1);
  const auto question = lab.probes.front();
  CHECK(question.address.to_string() == "192.0.2.25:993");
  CHECK(question.sni == "mail.example");
  CHECK_FALSE(question.offer_key.empty());
  lab.answer_probe(says(question, terms(0x0304, 0x1301)));
  lab.close_in_order();
  REQUIRE(lab.is_over);
  REQUIRE(lab.record.direct);
  CHECK(lab.record.direct->agrees == true);
  CHECK(lab.record.direct->version == tls::Version::tls13);
  CHECK_FALSE(lab.record.direct->from_cache);
}

TEST_CASE("a connection that is over waits for the answer, and not for long") {
  for (const bool comes : {true, false}) {
    Lab lab;
    lab.route.trial_hello = true;
    lab.begin();
    lab.close_in_order();
    CHECK_FALSE(lab.is_over);
    comes ? lab.answer_probe(says(lab.probes.front(), refusal(tls::alert::protocol_version))) : lab.pass(3s);
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "closed");
    REQUIRE(lab.record.direct.has_value() == comes);
    if (!comes) continue;
    CHECK(lab.record.direct->agrees == false);
    CHECK(lab.record.direct->finding.starts_with("Without mailtap, "));
  }
}

TEST_CASE("a connection that is told to end doesn't wait for the answer") {
  Lab lab;
  lab.route.trial_hello = true;
  lab.begin();
  lab.close_in_order();
  CHECK_FALSE(lab.is_over);
  lab.stop();
  CHECK(lab.is_over);
  CHECK_FALSE(lab.record.direct);
}

TEST_CASE("where the server refuses mailtap the client's hello is played too") {
  Lab lab;
  lab.route.trial_hello = true;
  lab.server_tls.only.cipher_suites = rsa_gcm;
  lab.begin();
  REQUIRE(lab.probes.size() == 1);
  lab.answer_probe(says(lab.probes.front(), refusal(tls::alert::handshake_failure)));
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "upstream-handshake-failed");
  CHECK(lab.record.direct->cause == inspect::DirectCause::cipher_suites);
}

TEST_CASE("where the server resets the connection the client's hello is played to its address all the same") {
  Lab lab;
  lab.route.trial_hello = true;
  lab.server.hears = false;
  lab.begin();
  lab.server.reset();
  REQUIRE(lab.probes.size() == 1);
  CHECK(lab.probes.front().address.to_string() == "192.0.2.25:993");
}

TEST_CASE("with trial-hello off nothing is played") {
  Lab lab;
  lab.begin();
  CHECK(lab.probes.empty());
  lab.close_in_order();
  CHECK(lab.is_over);
}

TEST_CASE("what the client's hello came to lets it be repeated after STARTTLS") {
  HelloMemory memory;
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = {tls::suite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA};
  const HelloMemory::Time now{};
  UpstreamHello first(config::UpstreamHello::mirror, false, false, memory);
  first.choose(hello, "mail.example:143", false, /*repeatable=*/false, now);
  CHECK_FALSE(first.is_mirrored());
  first.learn(refusal(40), now);
  UpstreamHello second(config::UpstreamHello::mirror, false, false, memory);
  second.choose(hello, "mail.example:143", false, false, now);
  CHECK_FALSE(second.is_mirrored());
  second.learn(terms(0x0303, hello.cipher_suites[0]), now);
  UpstreamHello third(config::UpstreamHello::mirror, false, false, memory);
  third.choose(hello, "mail.example:143", false, false, now);
  CHECK(third.is_mirrored());
  UpstreamHello elsewhere(config::UpstreamHello::mirror, false, false, memory);
  elsewhere.choose(hello, "mail.example:25", false, false, now);
  CHECK_FALSE(elsewhere.is_mirrored());
}

TEST_CASE("a server that refuses what was repeated after STARTTLS is asked with mailtap's own from then on") {
  HelloMemory memory;
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = {tls::suite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA};
  const HelloMemory::Time now{};
  UpstreamHello first(config::UpstreamHello::mirror, false, false, memory);
  first.choose(hello, "mail.example:143", false, /*repeatable=*/false, now);
  first.learn(terms(0x0303, hello.cipher_suites[0]), now);
  UpstreamHello second(config::UpstreamHello::mirror, false, false, memory);
  second.choose(hello, "mail.example:143", false, false, now);
  REQUIRE(second.is_mirrored());
  tls::Failure failure;
  failure.detail = "server sent alert handshake_failure (40)";
  second.has_failed({}, failure, now);
  for (int i = 0; i < 3; ++i) {
    UpstreamHello next(config::UpstreamHello::mirror, false, false, memory);
    next.choose(hello, "mail.example:143", false, false, now);
    CHECK_FALSE(next.is_mirrored());
    CHECK(next.refusal() == failure.detail);
    next.has_worked(now);
    next.learn(terms(0x0303, hello.cipher_suites[0]), now);
  }
}

TEST_CASE("what a route's hello came to says nothing of one that offers old suites, or its own signatures") {
  HelloMemory memory;
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = {tls::suite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA};
  const HelloMemory::Time now{};
  UpstreamHello first(config::UpstreamHello::mirror, false, false, memory);
  first.choose(hello, "mail.example:143", false, /*repeatable=*/false, now);
  first.learn(terms(0x0303, hello.cipher_suites[0]), now);
  const auto is_mirrored = [&](bool keeps_signatures, bool old_suites) {
    UpstreamHello next(config::UpstreamHello::mirror, keeps_signatures, old_suites, memory);
    next.choose(hello, "mail.example:143", false, false, now);
    return next.is_mirrored();
  };
  CHECK(is_mirrored(false, false));
  CHECK_FALSE(is_mirrored(false, true));
  CHECK_FALSE(is_mirrored(true, false));
}

TEST_CASE("a server that has another version now is asked with mailtap's own, whatever session was offered") {
  Lab lab;
  lab.client_tls.max_version = tls::Version::tls12;
  lab.server_tls.max_version = tls::Version::tls12;
  lab.server_tls.tickets = *tls::TicketKeys::make();
  lab.begin();
  lab.close_in_order();
  CHECK(lab.record.upstream.version == tls::Version::tls12);
  lab.server_tls.min_version = lab.server_tls.max_version = tls::Version::tls13;
  lab.begin_again();
  CHECK(lab.client.is_established());
  CHECK(lab.dialled == 3);
  lab.close_in_order();
  REQUIRE(lab.is_over);
  CHECK(lab.record.upstream.version == tls::Version::tls13);
  CHECK(lab.record.own_hello == "refused");
}

TEST_CASE("a server that refuses one version isn't said to be older than that") {
  HelloMemory memory;
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = {tls::suite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA};
  UpstreamHello upstream(config::UpstreamHello::mirror, false, false, memory);
  const tls::Failure failure{0, tls::alert::protocol_version, true, "it refuses"};
  upstream.choose(hello, "mail.example:443", false, /*repeatable=*/true, {});
  REQUIRE(upstream.is_mirrored());
  CHECK(upstream.refused_version(failure) == "; it has no TLS 1.2, and the client nothing newer");
  CHECK(upstream.refused_version({0, tls::alert::handshake_failure, true, "it refuses"}).empty());
  REQUIRE(upstream.ask_with_own({}, failure, /*resumed=*/true, false));
  upstream.choose(hello, "mail.example:443", false, true, {});
  CHECK(upstream.refused_version(failure).empty());  // of all that mailtap has
}

TEST_CASE("what clients offer is remembered within bounds") {
  HelloMemory memory;
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  for (std::uint16_t i = 0; i < 3 * HelloMemory::max_forms; ++i) {
    hello.cipher_suites = {tls::suite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, i};
    UpstreamHello one(config::UpstreamHello::mirror, false, false, memory);
    one.choose(hello, "mail.example:993", false, true, {});
    CHECK(one.is_mirrored());
  }
}

// What repeating a client's offer costs a connection whose offer is known: transcript_tests "[measure]".
TEST_CASE("choosing a hello is measured", "[.][measure]") {
  HelloMemory memory;
  Lab lab;
  lab.client_tls.alpn = {"imap"};
  lab.client_tls.sni = "mail.example";
  const auto hello = offered(lab);
  constexpr int times = 20'000;
  const auto cpu = [] { return std::clock(); };
  for (const auto wanted : {config::UpstreamHello::own, config::UpstreamHello::mirror}) {
    const auto began = cpu();
    for (int i = 0; i < times; ++i) {
      UpstreamHello one(wanted, false, false, memory);
      one.choose(hello, "mail.example:993", false, true, {});
      tls::ClientParameters parameters;
      one.put_into(parameters);
      inspect::ConnectionRecord record;
      one.describe(parameters, hello, record);
      one.has_worked({});
    }
    const auto per = 1e9 * static_cast<double>(cpu() - began) / CLOCKS_PER_SEC / times;
    WARN(to_string(wanted) << ": " << static_cast<int>(per) << " ns a connection");
  }
  CHECK(memory.form(hello, "x", Offer::clients, false) != nullptr);
}
