#include <catch2/catch_test_macros.hpp>

#include "inspect/record.h"
#include "inspect/trace/filter.h"
#include "inspect/trace/view/ladder.h"
#include "inspect/trace/view/list.h"
#include "inspect/trace/view/report.h"

using namespace mailtap;

namespace {

/// A router that refuses the certificate of a server that has a wrong one.
constexpr auto line =
    R"~({"event":"trace","schema":1,"time":"2026-11-24T20:44:34.530Z","id":3,"route":"exchange",
"downstream":{"address":"192.0.2.7:51000","sni":"mail.contoso.com","tls":"TLSv1.2","cipher":"TLS_X","group":null,"resumed":false,"alpn":null},
"upstream":{"address":"192.0.2.1:443","configured":"ex01:443","tls":"TLSv1.3","cipher":"TLS_Y","group":"x25519","resumed":false,"alpn":null},
"verdict":{"trust":"untrusted","faults":["self-signed"],"name":"mismatch","name_checked":"mail.contoso.com","names":["ex01"],
"kind":"self-signed","advice":"Import it.","source":"handshake","findings":[{"fault":"self-signed","position":0,"detail":"signed by itself"}]},
"chain":[{"subject":"CN=EX01","issuer":"CN=EX01","not_before":"2026-01-01T00:00:00Z","not_after":"2027-01-01T00:00:00Z","key":"RSA 2048","signature":"s","sha256":"ab","names":["ex01"]}],
"presented":{"mode":"mirror"},"timing_us":{"connect":100,"upstream_handshake":900,"downstream_handshake":null,"total":72000},
"ending":{"reason":"downstream-handshake-failed","side":"downstream","detail":"unknown_ca"},
"handshakes":{"downstream":{"client_hellos":[{"versions":[],"legacy_version":"TLSv1.2","sni":"mail.contoso.com","cipher_suites":["GREASE","TLS_X","TLS_Z"],"groups":["x25519"],"signature_algorithms":[],"alpn":[],"ja3":"","ja4":"t12"}],"server_hellos":[],
"events":[{"at_us":0,"from":"client","kind":"message","name":"client_hello","size":200,"encrypted":false},
{"at_us":9000,"from":"client","kind":"alert","name":"unknown_ca (48)","size":2,"encrypted":true,"fatal":true}],"finished":false,"gave_up":null},
"upstream":{"client_hellos":[],"server_hellos":[],"events":[{"at_us":1500,"from":"server","kind":"message","name":"certificate","size":815,"encrypted":true}],"finished":true,"gave_up":null}},"pem":[]})~";

trace::StoredTrace stored(std::string text = line) {
  auto said = trace::parse_line(std::move(text));
  REQUIRE(said);
  REQUIRE(said->trace);
  return std::move(*said->trace);
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a stored trace is the connection again, for the same filters") {
  const auto trace = stored();
  CHECK(trace.verdict_text() == "untrusted: self-signed; name mismatch");
  CHECK(trace.failed());
  const auto passes = [&](const char* condition) {
    return trace::Filter::parse({condition})->passes(trace::as_connection(trace));
  };
  CHECK(passes("failed"));
  CHECK(passes("self-signed"));
  CHECK(passes("mismatch"));
  CHECK(passes("peer=192.0.2.0/24"));
  CHECK(passes("name=*.contoso.com"));
  CHECK_FALSE(passes("expired"));
}

TEST_CASE("an observed handshake is one ladder from the client to the server") {
  std::string text = line;
  text.insert(text.find("\"downstream\":"), "\"mode\":\"observe\",");
  const auto drawn = trace::ladder(stored(text), {.coloured = false, .width = 100});
  CHECK(contains(drawn, "observed, and changed nothing"));
  CHECK(contains(drawn, "the client offered, the server chose"));
  CHECK(contains(drawn, "the client ends the handshake"));
  CHECK_FALSE(contains(drawn, "mailtap chose"));
  CHECK_FALSE(contains(drawn, "certificate 815"));  // of the upstream's leg, which is the same
}

TEST_CASE("what is no trace is told apart: another event, a loss, a newer schema, rubbish") {
  CHECK_FALSE(trace::parse_line(R"({"event":"connection"})")->trace);
  CHECK(trace::parse_line(R"({"event":"lost","traces":5})")->lost == 5);
  CHECK(trace::parse_line(R"({"event":"trace","schema":2})").error().message ==
        "its schema is 2, and this mailtap reads 1");
  for (const auto* text : {"", "{", "[]", "null", "\xff"}) CHECK_FALSE(trace::parse_line(text));
  CHECK_FALSE(trace::parse_line(std::string(1'000'000, '[')));
}

TEST_CASE("members of another type or that are missing leave their places empty") {
  const auto trace =
      stored(R"({"event":"trace","schema":1,"id":"x","downstream":7,"verdict":[],"chain":{},"handshakes":
    {"downstream":{"events":[1,{"at_us":"x","size":-1}]}},"timing_us":null})");
  CHECK(trace.id == 0);
  CHECK_FALSE(trace.has_verdict);
  CHECK(trace.verdict_text() == "no certificate");
  REQUIRE(trace.downstream.events.size() == 2);
  CHECK(trace.downstream.events[1].size == 0);
  CHECK_FALSE(trace::ladder(trace, {}).empty());
  CHECK_FALSE(trace::list_row(trace, false).empty());
}

TEST_CASE("the ladder shows both legs in the order of time, and marks where the fault struck") {
  const auto drawn = trace::ladder(stored(), {.coloured = false, .width = 84});
  const auto hello = drawn.find("0.0  |-- client_hello 200 ----------->|");
  const auto certificate = drawn.find(
      "1.5  |                                |<----------- certificate 815* --|  <-- untrusted: self-signed; "
      "name mismatch");
  const auto alert = drawn.find(
      "9.0  |-- alert unknown_ca (48) 2* --->|                                |  <-- the client ends the "
      "handshake");
  INFO(drawn);
  CHECK(hello != std::string::npos);
  CHECK(hello < certificate);
  CHECK(certificate < alert);
  CHECK(alert != std::string::npos);
  CHECK(contains(drawn, "cipher      [TLS_X], TLS_Z"));
  CHECK_FALSE(contains(drawn, "GREASE"));
  CHECK(contains(drawn, "! self-signed: signed by itself"));
  CHECK(contains(drawn, "ex01; asked for mail.contoso.com"));
}

TEST_CASE("text of a peer's choosing moves no cursor") {
  auto trace = stored();
  trace.sni = trace.name_checked = "\x1b[2J\nforged";
  trace.upstream.events[0].name = "certificate\r";
  for (const auto& text : {trace::ladder(trace, {}), trace::list_row(trace, false)}) {
    CHECK_FALSE(contains(text, "\x1b"));
    CHECK_FALSE(contains(text, "\r"));
    CHECK_FALSE(contains(text, "\nforged"));
  }
}

TEST_CASE("a list's row says who, what for, the verdict and the ending") {
  const auto row = trace::list_row(stored(), false);
  for (const auto* part :
       {"3 ", "2026-11-24 20:44:34.530", "192.0.2.7:51000", "mail.contoso.com", "TLSv1.2/TLSv1.3",
        "downstream-handshake-failed", "untrusted: self-signed; name mismatch"})
    CHECK(contains(row, part));
}

TEST_CASE("the report is one file that a peer's text can't break out of") {
  auto trace = stored();
  trace.advice = "</script><script>alert(1)</script>&amp;";
  const auto html = trace::report_html({trace}, "1 connection");
  CHECK(html.starts_with("<!DOCTYPE html>"));
  CHECK_FALSE(contains(html, "alert(1)</script>"));
  CHECK(contains(html, R"(\u003c/script\u003e)"));
  CHECK(contains(html, R"("about":"1 connection")"));
  CHECK_FALSE(contains(html, "\"DATA\""));
  CHECK_FALSE(contains(html, "{{S"));
  CHECK_FALSE(contains(html, "unsafe-inline"));
  for (const auto* outside : {"src=", "href=\"h", "href=\"/", "url(", "@import", "fetch("})
    CHECK_FALSE(contains(html, outside));
}

TEST_CASE("a report has no control characters of peers, escaped or not, and nothing that reorders text") {
  auto trace = stored();
  const std::string nasty = "a\x1b[31m\x07\x7f\xc2\x9b\xe2\x80\xae\n\"b";
  trace.sni = trace.upstream_configured = trace.name_checked = trace.advice = trace.ending_detail = nasty;
  trace.names = {nasty};
  for (auto& certificate : trace.chain) certificate.subject = certificate.issuer = nasty;
  for (auto& finding : trace.findings) finding.detail = nasty;
  const auto html = trace::report_html({trace}, nasty);
  for (const auto* raw :
       {"\x1b", "\x07", "\x7f", "\xc2\x9b", "\xe2\x80\xae", R"(\u001b)", R"(\u001B)", R"(\u202e")"})
    CHECK_FALSE(contains(html, raw));
  CHECK(contains(html, R"(a\\x1b[31m\\x07)"));
}

TEST_CASE("a report says what clients would say, once for all connections of a server") {
  std::string text = line;
  const std::string clients =
      R"("clients":{"java":{"accepts":false,"code":"SSLHandshakeException","message":"PKIX <b>failed"},"outlook":{"accepts":true,"code":null,"message":null}},)";
  text.insert(text.find("\"advice\""), clients);
  const auto trace = stored(text);
  REQUIRE(trace.clients.size() == 2);
  CHECK(trace.clients[0].message == "PKIX <b>failed");
  CHECK(trace.clients[1].accepts);
  const auto html = trace::report_html({trace, trace, stored()}, "3 connections");
  const auto first = html.find(R"({"client":"java","accepts":false,"code":"SSLHandshakeException")");
  CHECK(first != std::string::npos);
  CHECK(html.find(R"("client":"java")", first + 10) == std::string::npos);
  CHECK_FALSE(contains(html, "PKIX <b>"));
  CHECK(contains(html, R"("says":0)"));
  CHECK(contains(html, R"("says":-1)"));
}

TEST_CASE("of too many connections a report shows the latest") {
  std::vector<trace::StoredTrace> many(trace::max_reported + 1);
  many.front().route = "the-first";
  many.back().route = "the-last";
  const auto html = trace::report_html(many, "");
  CHECK_FALSE(contains(html, "the-first"));
  CHECK(contains(html, "the-last"));
}

TEST_CASE("a report has the surveys that it is given, and none of their text ends its script") {
  const auto html = trace::report_html(
      {stored()}, "one connection", certs::Language::english,
      {{"mail.contoso.com:443", "", "2026-11-24T20:44:34Z", R"({"grade":"A","reasons":["</script><b>"]})"}});
  CHECK(contains(html,
                 R"("surveys":[{"target":"mail.contoso.com:443","name":null,"at":"2026-11-24T20:44:34Z")"));
  CHECK(contains(html, R"("protocols":{"grade":"A","reasons":["\u003c/script\u003e\u003cb\u003e"]})"));
}
