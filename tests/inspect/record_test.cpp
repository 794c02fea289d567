#include "inspect/record.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <cstdlib>

#include <rapidjson/document.h>

#include "certs/verify/verdict.h"
#include "config/base/file.h"
#include "inspect/writers/printable.h"
#include "tests/source_file.h"
#include "tests/thorough.h"

using namespace mailtap;
using namespace mailtap::inspect;

namespace {

ConnectionRecord example() {
  auto verdict = std::make_shared<certs::Verdict>();
  verdict->findings = {{certs::Fault::self_signed, 0, "issued by itself"},
                       {certs::Fault::expired, 0, "expired on 2024-03-01"}};
  verdict->name_checked = "mail.contoso.com";
  verdict->names = {"exchange.contoso.local", "exchange"};
  verdict->kind = certs::Kind::self_signed;
  verdict->causes = {1, 2};
  verdict->dotnet = {{"RemoteCertificateNameMismatch", "RemoteCertificateChainErrors"},
                     {"UntrustedRoot"},
                     "System.Net.WebException: no trust"};
  verdict->days_left = -997;
  verdict->advice =
      "A certificate of the chain has ended (expired on 2024-03-01, 632 days ago): renew it on the server.";
  verdict->spki_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  const Time day{std::chrono::sys_days{std::chrono::year{2023} / 3 / 1}};
  verdict->chain = {{"CN=exchange",
                     "CN=exchange",
                     "01ab",
                     day,
                     day + std::chrono::days{366},
                     "RSA 2048",
                     "sha256WithRSAEncryption",
                     "b3eacd33433b31b5252351032c9b3e7a2e7aa7738d5decdf0dd6c62680853c06",
                     {"exchange.contoso.local", "exchange"}}};
  ConnectionRecord c;
  c.id = 42;
  c.time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::milliseconds{73867123};
  c.route = "exchange";
  c.downstream = {"192.0.2.7:51234",
                  "mail.contoso.com",
                  tls::Version::tls12,
                  tls::CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                  tls::Group::secp256r1,
                  "",
                  false};
  c.ja4 = "t12d1010h1_1b1e43e2a2f3_7af1ed941c26";
  c.upstream_configured = "mail.contoso.com:443";
  c.upstream = {"10.0.0.5:443",
                "mail.contoso.com",
                tls::Version::tls13,
                tls::CipherSuite::TLS_AES_256_GCM_SHA384,
                tls::Group::x25519,
                "http/1.1",
                true};
  c.verdict = verdict;
  c.presented_mode = config::Presentation::mirror;
  c.presented_sha256 = "cab80b3079898c6679be9a923ffb4edfc2a8d9ca0411bb10accdaca70c0274db";
  c.not_repeated = {"certificate 0: its Ed25519 key, EC P-256 instead"};
  c.decided_by = Basis::nothing;
  c.reaction = {ReactionKind::rejected, 48,
                "The router rejected the presented certificate (unknown_ca): that is what it makes of the "
                "server's own certificate too, for the faults named here; put the server right, or show it a "
                "certificate that it accepts with present issue."};
  c.client_certificates.asked_by_server = true;
  c.connect = Microseconds{900};
  c.upstream_handshake = Microseconds{5000};
  c.downstream_handshake = Microseconds{4000};
  c.total = Microseconds{812'000};
  c.bytes_to_upstream = 1234;
  c.bytes_to_downstream = 3400;
  c.traffic.protocol = config::Protocol::http;
  c.traffic.exchanges = 3;
  c.traffic.failed = 0;
  c.traffic.services = {{Service::ews, 3}};
  c.traffic.last_statuses = {"401", "401", "200"};
  c.ending = {Reason::closed, Side::downstream, ""};
  return c;
}

const ExchangeContext exchange_context{42, "exchange", config::VerdictWord::untrusted,
                                       config::VerdictWord::mismatch};

Exchange example_exchange() {
  Exchange e;
  e.number = 3;
  e.time = example().time + std::chrono::seconds(1);
  e.service = Service::ews;
  e.status = "200";
  e.request_bytes = 1234;
  e.response_bytes = 3400;
  e.first_byte = Microseconds{21'000};
  e.total = Microseconds{23'000};
  NtlmDetails ntlm;
  ntlm.flags = 0xe2888215;
  ntlm.target = ntlm.domain = "CONTOSO";
  ntlm.user = "~3f9a1c04d2";
  ntlm.message_integrity = true;
  ntlm.binding = ChannelBinding::absent;
  e.authentication = {AuthScheme::ntlm, AuthStage::accepted, ntlm};
  e.part = HttpPart{"POST", "/EWS/Exchange.asmx", "GetFolder", "NoError", false};
  return e;
}

rapidjson::Document parse(const std::string& json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
  REQUIRE_FALSE(document.HasParseError());
  return document;
}

void use_utc() {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

}  // namespace

TEST_CASE("a connection is one JSON line with the contract's keys in their order") {
  CHECK(
      to_json(example()) ==
      R"({"event":"connection","time":"2026-11-23T20:31:07.123Z","id":42,"route":"exchange","arrival":{"way":"direct","proxy":null},"mode":"intercept",)"
      R"("downstream":{"address":"192.0.2.7:51234","sni":"mail.contoso.com","tls":"TLSv1.2",)"
      R"("cipher":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","group":"secp256r1","resumed":false,)"
      R"("ja4":"t12d1010h1_1b1e43e2a2f3_7af1ed941c26","alpn":null},)"
      R"("upstream":{"address":"10.0.0.5:443","name":"mail.contoso.com","tls":"TLSv1.3",)"
      R"("cipher":"TLS_AES_256_GCM_SHA384","group":"x25519","resumed":true,"configured":"mail.contoso.com:443","ja4":null,"alpn":"http/1.1"},)"
      R"("starttls":null,"verdict":{"trust":"untrusted","faults":["self-signed","expired"],"name":"mismatch",)"
      R"("name_checked":"mail.contoso.com","names":["exchange.contoso.local","exchange"],"kind":"self-signed",)"
      R"("causes":[1,2],"dotnet":{"policy_errors":["RemoteCertificateNameMismatch","RemoteCertificateChainErrors"],)"
      R"("chain_status":["UntrustedRoot"],"exception":"System.Net.WebException: no trust"},"advice":"A certificate of the chain has ended (expired on 2024-03-01, 632 days ago): renew it on the server.",)"
      R"("source":"handshake","findings":[{"fault":"self-signed","position":0,"detail":"issued by itself","state_unknown":false,"same_name_trusted":false},)"
      R"({"fault":"expired","position":0,"detail":"expired on 2024-03-01","state_unknown":false,"same_name_trusted":false}],"legacy_cn_match":false,"address_as_dns_name":false,)"
      R"("template":null,"lints":[],"staple":null,"scts":{"certificate":0,"handshake":0,"ocsp":0},)"
      R"("spki_sha256":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","days_left":-997},)"
      R"("chain":[{"subject":"CN=exchange","issuer":"CN=exchange","serial":"01ab",)"
      R"("not_before":"2023-03-01T00:00:00Z","not_after":"2024-03-01T00:00:00Z","key":"RSA 2048",)"
      R"("signature":"sha256WithRSAEncryption","sha256":"b3eacd33433b31b5252351032c9b3e7a2e7aa7738d5decdf0dd6c62680853c06","names":["exchange.contoso.local","exchange"]}],"aia":null,"crl":null,"ocsp":null,"lookup_pending":false,)"
      R"("presented":{"mode":"mirror","sha256":"cab80b3079898c6679be9a923ffb4edfc2a8d9ca0411bb10accdaca70c0274db","not_repeated":["certificate 0: its Ed25519 key, EC P-256 instead"]},)"
      R"("policy":{"decided_by":"nothing","unprotected":false},"direct":null,"differences":[],"reaction":{"kind":"rejected","alert":48,"alert_name":"unknown_ca",)"
      R"("meaning":"it doesn't trust the issuer of the certificate","advice":"The router rejected the presented certificate (unknown_ca): that is what it makes of the server's own certificate too, for the faults named here; put the server right, or show it a certificate that it accepts with present issue."},)"
      R"("client_certificate":{"asked_by_server":true,"shown_sha256":null,"asked_of_client":false,"chain":[]},"timing_us":{"connect":900,"plaintext":null,"upstream_handshake":5000,)"
      R"("downstream_handshake":4000,"total":812000},"bytes":{"to_upstream":1234,"to_downstream":3400},)"
      R"("traffic":{"protocol":"http","exchanges":3,"failed":0,"services":{"ews":3},"last_statuses":["401","401","200"],)"
      R"("findings":[],"stopped":null},"undecoded":null,)"
      R"("ending":{"reason":"closed","side":"downstream","detail":null}})");
}

TEST_CASE("a connection that got nowhere has nulls and every key") {
  ConnectionRecord c;
  c.ending = {Reason::hello_timeout, Side::downstream, "no byte"};
  const auto json = parse(to_json(c));
  CHECK(json["verdict"].IsNull());
  CHECK(json["chain"].Empty());
  CHECK(json["downstream"]["tls"].IsNull());
  CHECK(json["presented"]["mode"].IsNull());
  CHECK(json["timing_us"]["connect"].IsNull());
  CHECK(json["ending"]["reason"] == "hello-timeout");
}

TEST_CASE("any two bytes of a hostile peer give valid JSON and nothing that moves a terminal's cursor") {
  ConnectionRecord c = example();
  constexpr int step = 3 * tests::one_in(8);  // each in each place, and of the pairs a third
  for (int first = 0; first < 256; ++first) {
    for (int second = first % step; second < 256; second += step) {
      const std::string hostile{'a', static_cast<char>(first), static_cast<char>(second), 'z'};
      c.downstream.name = c.route = c.ending.detail = c.upstream.name = hostile;
      const auto json = parse(to_json(c));
      const std::string sni = json["downstream"]["sni"].GetString();
      if (sni.front() != 'a' || (first != 0 && second != 0 && sni.back() != 'z'))
        FAIL(first << ' ' << second);
      for (const unsigned char byte : to_text(c))
        if (byte != '\n' && (byte < 0x20 || byte == 0x7F)) FAIL(first << ' ' << second);
    }
  }
}

TEST_CASE("escape sequences, C1 controls and reordering marks are spelt out") {
  CHECK(printable("a\x1b[31mb\n") == "a\\x1b[31mb\\x0a");
  CHECK(printable("\xC2\x9B"
                  "1m") == "\\u009b1m");
  CHECK(printable("\xE2\x80\xAE"
                  "moc") == "\\u202emoc");
  CHECK(printable("Hòm thư ✓ 📧") == "Hòm thư ✓ 📧");
  CHECK(printable("\xC0\x80 \xED\xA0\x80 \xF4\x90\x80\x80 \xE2\x82") ==
        "\\xc0\\x80 \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\xe2\\x82");
  CHECK(printable("a\u2028b\u200bc\u2066d\u00ade\U000e0041") ==
        "a\\u2028b\\u200bc\\u2066d\\u00ade\\U000e0041");
  CHECK(valid_utf8("a\u2028b\u2029c") ==
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD"
        "c");
  CHECK(valid_utf8("é\xFF\xC2\x9B") == "é\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("the text form says what is wrong, why, for which names, and what to do") {
  use_utc();
  CHECK(
      to_text(example()) ==
      "2026-11-23 20:31:07 #42 exchange  192.0.2.7:51234 -> mail.contoso.com:443  "
      "UNTRUSTED self-signed, expired; name mismatch  TLSv1.2/TLSv1.3  1.2 KB up 3.4 KB down  0.8 s  closed\n"
      "    why     self-signed: issued by itself  [CN=exchange]\n"
      "            expired: expired on 2024-03-01  [CN=exchange]\n"
      "    names   the certificate is for exchange.contoso.local, exchange; asked for mail.contoso.com\n"
      "    advice  A certificate of the chain has ended (expired on 2024-03-01, 632 days ago): renew it on "
      "the server.\n"
      "    mirror  not repeated: certificate 0: its Ed25519 key, EC P-256 instead\n"
      "    router  The router rejected the presented certificate (unknown_ca): that is what it makes of the "
      "server's own certificate too, for the faults named here; put the server right, or show it a "
      "certificate that it accepts with present issue.\n"
      "    client  the server asked for a client certificate and was shown none: give client-cert and "
      "client-key\n"
      "    traffic ews 3; last 401 401 200");
}

TEST_CASE(
    "the text form warns of a router without protection, and says which client certificates there were") {
  auto c = example();
  c.not_repeated.clear();
  c.unprotected = true;
  c.decided_by = Basis::first_use;
  c.client_certificates.shown_sha256 = "beef";
  c.client_certificates.shown_subject = "CN=route";
  c.client_certificates.asked_of_client = true;
  const auto has = [&](std::string_view words) { return to_text(c).find(words) != std::string::npos; };
  CHECK(has(
      "\n    WARNING the router saw a certificate that it trusts, and the server's is neither trusted nor "
      "pinned"));
  CHECK(
      has("\n    pin     the server's key is remembered from now on: "
          "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
  CHECK(has("\n    client  the server asked for a client certificate and was shown the route's, CN=route"));
  CHECK(has("\n            the router was asked for one and showed none"));
  c.client_certificates.wanted_keys = "RSA, ECDSA";
  CHECK(
      has("the key of client-cert can't sign in any way that the server lists; give one whose key is of "
          "these kinds: RSA, ECDSA"));
  c.client_certificates.wanted_keys.clear();
  c.client_certificates.of_client = c.verdict->chain;
  CHECK(has("\n            the router showed CN=exchange, whose private key only the router has"));
}

TEST_CASE("a good connection is one line, coloured on a terminal alone") {
  use_utc();
  auto c = example();
  auto verdict = std::make_shared<certs::Verdict>();
  verdict->name_matches = true;
  verdict->days_left = 90;
  c.verdict = verdict;
  c.traffic = {};
  c.not_repeated.clear();
  c.reaction = {ReactionKind::accepted, {}, {}};
  c.client_certificates = {};
  c.total = std::chrono::minutes(61);
  c.bytes_to_downstream = 5'400'000'000;
  CHECK(to_text(c, true) ==
        "20:31:07 #42 exchange  192.0.2.7:51234 -> mail.contoso.com:443  \x1b[32mtrusted\x1b[0m  "
        "TLSv1.2/TLSv1.3  1.2 KB up 5.4 GB down  1 h 01 min  closed");
  CHECK(to_text(c).find('\x1b') == std::string::npos);
}

TEST_CASE("a good certificate that ends soon is warned of before it does") {
  use_utc();
  auto c = example();
  auto verdict = std::make_shared<certs::Verdict>();
  verdict->name_matches = true;
  verdict->days_left = 8;
  verdict->advice = "A certificate of the chain ends in 8 days: renew it.";
  c.verdict = verdict;
  CHECK(to_text(c).starts_with(
      "2026-11-23 20:31:07 #42 exchange  192.0.2.7:51234 -> mail.contoso.com:443  "
      "trusted, ends in 8 days  TLSv1.2/TLSv1.3  1.2 KB up 3.4 KB down  0.8 s  closed\n"
      "    advice  A certificate of the chain ends in 8 days: renew it.\n"));
}

TEST_CASE("an ending that is a fault names its side and detail") {
  use_utc();
  ConnectionRecord c;
  c.id = 7;
  c.route = "imaps";
  c.downstream.address = "[2001:db8::7]:50000";
  c.upstream_configured = "mail.contoso.com:995";
  c.ending = {Reason::connect_failed, Side::upstream, "connection refused"};
  CHECK(to_text(c) ==
        "1970-01-01 00:00:00 #7 imaps  [2001:db8::7]:50000 -> mail.contoso.com:995  no certificate seen  0 B "
        "up 0 B down  0 us  "
        "connect-failed (upstream): connection refused");
}

TEST_CASE("hang-ups and health checks are routine, failures aren't") {
  for (const auto reason :
       {Reason::closed, Reason::reset, Reason::truncated, Reason::no_data, Reason::idle_timeout})
    CHECK(is_routine(reason));
  for (const auto reason :
       {Reason::not_tls, Reason::connect_failed, Reason::refused_untrusted, Reason::limit_per_source})
    CHECK_FALSE(is_routine(reason));
}

namespace {

/// A server that twenty clients refuse, each in its words.
std::shared_ptr<certs::Verdict> refused_by_all() {
  auto verdict = std::make_shared<certs::Verdict>(*example().verdict);
  static const auto names = [] {
    std::array<std::string, 20> all;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = "client-" + std::to_string(i);
    return all;
  }();
  for (const auto& name : names)
    verdict->clients.push_back({name, "Client", false, false, "X509_V_ERR", std::string(120, 'm')});
  return verdict;
}

}  // namespace

TEST_CASE("what clients say is written once for a verdict, and anew for a copy that was changed") {
  ConnectionRecord c = example();
  const auto verdict = refused_by_all();
  c.verdict = verdict;
  const auto first = to_json(c);
  CHECK(first.find(R"("client-19":{"accepts":false,"code":"X509_V_ERR","message":"mmm)") !=
        std::string::npos);
  CHECK(to_json(c) == first);
  auto changed = std::make_shared<certs::Verdict>(*verdict);
  changed->clients[19].message = "other";
  c.verdict = changed;
  CHECK(to_json(c).find(R"("message":"other")") != std::string::npos);
  changed->clients[19].message = "third";
  *changed = *std::make_shared<certs::Verdict>(*changed);
  CHECK(to_json(c).find(R"("message":"third")") != std::string::npos);
}

TEST_CASE(
    "how long a server asks to wait stands with the finding, in the exchange and in the connection, the "
    "longest") {
  Traffic traffic;
  traffic.protocol = config::Protocol::http;
  auto e = example_exchange();
  CHECK(to_json(e, {}).find("retry_after") == std::string::npos);
  e.findings = {TrafficFinding::throttled};
  for (const std::uint32_t seconds : {10U, 120U, 30U}) {
    e.retry_after = seconds;
    add(e, traffic);
  }
  CHECK(to_json(e, {}).find(R"("findings":["throttled"],"retry_after":30)") != std::string::npos);
  ConnectionRecord c = example();
  c.traffic = traffic;
  CHECK(to_json(c).find(R"("retry_after":120})") != std::string::npos);
  CHECK(to_text(c).find("asks to wait for 120 s") != std::string::npos);
}

TEST_CASE("what is wrong with the certificate of a client is told where there is anything") {
  ConnectionRecord c = example();
  CHECK(to_json(c).find(R"("chain":[],"lints")") == std::string::npos);
  c.client_certificates.asked_of_client = true;
  c.client_certificates.of_client.push_back(example().verdict->chain.front());
  c.client_certificates.lints = {"for servers alone"};
  CHECK(to_json(c).find(R"(],"lints":["for servers alone"]})") != std::string::npos);
  CHECK(to_text(c).find("for servers alone") != std::string::npos);
}

// record_tests "[measure]"
TEST_CASE("formatting a line is measured", "[.][measure]") {
  const auto c = example();
  std::size_t size = 0;
  constexpr int rounds = 100'000;
  const auto measure = [&](const char* name, auto format) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < rounds; ++i) size += format(c).size();
    const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;
    std::printf("%s: %.2f us a line\n", name, taken.count() / rounds);
  };
  measure("json", [](const ConnectionRecord& each) { return to_json(each); });
  measure("text", [](const ConnectionRecord& each) { return to_text(each); });
  auto refused = c;
  const auto verdict = refused_by_all();
  refused.verdict = verdict;
  measure("json, refused by all clients, the first line", [&](const ConnectionRecord&) {
    verdict->json = TextMemo{};
    return to_json(refused);
  });
  measure("json, refused by all clients, each later one",
          [&](const ConnectionRecord&) { return to_json(refused); });
  CHECK(size > 0);
}

TEST_CASE("an exchange of a mail protocol has its own part and no HTTP") {
  auto e = example_exchange();
  e.part = MailPart{"RETR", 1, 4096};
  e.service = Service::pop3;
  e.status = "+OK";
  e.authentication = {};
  e.first_byte = Microseconds{-1};
  const auto json = parse(to_json(e, {42, "pop", {}, {}}));
  CHECK(json["http"].IsNull());
  CHECK(json["mail"]["command"] == "RETR");
  CHECK(json["mail"]["message_bytes"].GetInt() == 4096);
  CHECK(json["authentication"].IsNull());
  CHECK(json["verdict"]["trust"].IsNull());
  CHECK(json["timing_us"]["first_byte"].IsNull());
  use_utc();
  CHECK(to_text(e, {42, "pop", {}, {}}) ==
        "2026-11-23 20:31:08 #42.3 pop  pop3  RETR (1 message, 4.1 KB)  +OK  1.2 KB up 3.4 KB down  23 ms");
}

TEST_CASE("a connection's findings are told with what to do about them") {
  use_utc();
  auto c = example();
  c.traffic.findings = {TrafficFinding::extended_protection};
  c.traffic.stopped = "not HTTP";
  const auto text = to_text(c);
  CHECK(text.find("\n    finding extended-protection: ") != std::string::npos);
  CHECK(text.find("\n    advice  Import Exchange's certificate") != std::string::npos);
  CHECK(text.find("\n    traffic not followed to the end: not HTTP") != std::string::npos);
  const auto json = parse(to_json(c));
  CHECK(json["traffic"]["findings"][0]["finding"] == "extended-protection");
  CHECK(json["traffic"]["stopped"] == "not HTTP");
}

TEST_CASE("a connection's traffic sums up its exchanges") {
  Traffic traffic;
  auto e = example_exchange();
  for (int i = 0; i < 7; ++i) {
    e.status = std::to_string(200 + i);
    e.failed = i == 3;
    e.service = i < 5 ? Service::ews : Service::owa;
    e.findings = {TrafficFinding::basic_over_tls};
    add(e, traffic);
  }
  CHECK(traffic.exchanges == 7);
  CHECK(traffic.failed == 1);
  CHECK(traffic.services ==
        std::vector<std::pair<Service, std::uint64_t>>{{Service::ews, 5}, {Service::owa, 2}});
  CHECK(traffic.last_statuses == std::vector<std::string>{"202", "203", "204", "205", "206"});
  CHECK(traffic.findings == std::vector<TrafficFinding>{TrafficFinding::basic_over_tls});
}

TEST_CASE("docs/log.md shows lines as they are written") {
  use_utc();
  const auto page = read_file(tests::source_file("docs/log.md"));
  REQUIRE(page);
  CHECK(page->find("    " + to_json(example()) + "\n") != std::string::npos);
  CHECK(page->find("    " + to_json(example_exchange(), exchange_context) + "\n") != std::string::npos);
  CHECK(page->find("    " + to_text(example_exchange(), exchange_context) + "\n") != std::string::npos);
  std::string text = "    ";
  for (const char c : to_text(example())) text += c == '\n' ? "\n    " : std::string(1, c);
  CHECK(page->find(text + "\n") != std::string::npos);
}
