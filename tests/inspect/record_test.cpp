#include "inspect/record.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <cstdlib>

#include <rapidjson/document.h>

#include "config/base/file.h"
#include "inspect/printable.h"

using namespace mailtap;
using namespace mailtap::inspect;

namespace {

Connection example() {
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
  verdict->advice = "Put a certificate for mail.contoso.com on the server.";
  verdict->spki_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  const Time day{std::chrono::sys_days{std::chrono::year{2023} / 3 / 1}};
  verdict->chain = {{"CN=exchange",
                     "CN=exchange",
                     "01ab",
                     day,
                     day + std::chrono::days{366},
                     "RSA 2048",
                     "sha256WithRSAEncryption",
                     "e3b0c442",
                     {"exchange.contoso.local", "exchange"}}};
  Connection c;
  c.id = 42;
  c.time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::milliseconds{73867123};
  c.route = "exchange";
  c.downstream = {"192.0.2.7:51234",
                  "mail.contoso.com",
                  "TLSv1.2",
                  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                  "secp256r1",
                  "",
                  false};
  c.ja4 = "t12d1010h1_aaaaaaaaaaaa_bbbbbbbbbbbb";
  c.upstream_configured = "mail.contoso.com:443";
  c.upstream = {"10.0.0.5:443", "mail.contoso.com", "TLSv1.3", "TLS_AES_256_GCM_SHA384",
                "x25519",       "http/1.1",         true};
  c.verdict = verdict;
  c.presented_mode = "mirror";
  c.presented_sha256 = "abcd";
  c.connect = Microseconds{900};
  c.upstream_handshake = Microseconds{5000};
  c.downstream_handshake = Microseconds{4000};
  c.total = Microseconds{812'000};
  c.bytes_to_upstream = 1234;
  c.bytes_to_downstream = 3400;
  c.ending = {Reason::closed, Side::downstream, ""};
  return c;
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
      R"({"event":"connection","time":"2026-11-23T20:31:07.123Z","id":42,"route":"exchange",)"
      R"("downstream":{"address":"192.0.2.7:51234","sni":"mail.contoso.com","tls":"TLSv1.2",)"
      R"("cipher":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","group":"secp256r1","resumed":false,)"
      R"("ja4":"t12d1010h1_aaaaaaaaaaaa_bbbbbbbbbbbb","alpn":null},)"
      R"("upstream":{"address":"10.0.0.5:443","name":"mail.contoso.com","tls":"TLSv1.3",)"
      R"("cipher":"TLS_AES_256_GCM_SHA384","group":"x25519","resumed":true,"configured":"mail.contoso.com:443","alpn":"http/1.1"},)"
      R"("verdict":{"trust":"untrusted","faults":["self-signed","expired"],"name":"mismatch",)"
      R"("name_checked":"mail.contoso.com","names":["exchange.contoso.local","exchange"],"kind":"self-signed",)"
      R"("causes":[1,2],"dotnet":{"policy_errors":["RemoteCertificateNameMismatch","RemoteCertificateChainErrors"],)"
      R"("chain_status":["UntrustedRoot"],"exception":"System.Net.WebException: no trust"},"advice":"Put a certificate for mail.contoso.com on the server.",)"
      R"("source":"handshake","findings":[{"fault":"self-signed","position":0,"detail":"issued by itself"},)"
      R"({"fault":"expired","position":0,"detail":"expired on 2024-03-01"}],"legacy_cn_match":false,)"
      R"("template":null,"lints":[],"spki_sha256":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","days_left":-997},)"
      R"("chain":[{"subject":"CN=exchange","issuer":"CN=exchange","serial":"01ab",)"
      R"("not_before":"2023-03-01T00:00:00Z","not_after":"2024-03-01T00:00:00Z","key":"RSA 2048",)"
      R"("signature":"sha256WithRSAEncryption","sha256":"e3b0c442","names":["exchange.contoso.local","exchange"]}],)"
      R"("presented":{"mode":"mirror","sha256":"abcd"},"timing_us":{"connect":900,"upstream_handshake":5000,)"
      R"("downstream_handshake":4000,"total":812000},"bytes":{"to_upstream":1234,"to_downstream":3400},)"
      R"("ending":{"reason":"closed","side":"downstream","detail":null}})");
}

TEST_CASE("a connection that got nowhere has nulls and every key") {
  Connection c;
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
  Connection c = example();
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; second += 3) {
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
      "    advice  Put a certificate for mail.contoso.com on the server.");
}

TEST_CASE("a good connection is one line, coloured on a terminal alone") {
  use_utc();
  auto c = example();
  auto verdict = std::make_shared<certs::Verdict>();
  verdict->name_matches = true;
  c.verdict = verdict;
  c.total = std::chrono::minutes(61);
  c.bytes_to_downstream = 5'400'000'000;
  CHECK(to_text(c, true) ==
        "20:31:07 #42 exchange  192.0.2.7:51234 -> mail.contoso.com:443  \x1b[32mtrusted\x1b[0m  "
        "TLSv1.2/TLSv1.3  1.2 KB up 5.4 GB down  1 h 01 min  closed");
  CHECK(to_text(c).find('\x1b') == std::string::npos);
}

TEST_CASE("an ending that is a fault names its side and detail") {
  use_utc();
  Connection c;
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
  measure("json", [](const Connection& each) { return to_json(each); });
  measure("text", [](const Connection& each) { return to_text(each); });
  CHECK(size > 0);
}

TEST_CASE("docs/log.md shows lines as they are written") {
  use_utc();
  const auto page = read_file(std::string(MAILTAP_SOURCE_DIR) + "/docs/log.md");
  REQUIRE(page);
  CHECK(page->find("    " + to_json(example()) + "\n") != std::string::npos);
  std::string text = "    ";
  for (const char c : to_text(example())) text += c == '\n' ? "\n    " : std::string(1, c);
  CHECK(page->find(text + "\n") != std::string::npos);
}
