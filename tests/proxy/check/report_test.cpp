#include "proxy/check/report.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include <rapidjson/document.h>

#include "certs/verify/verdict.h"

using namespace mailtap;
using namespace mailtap::check;

namespace {

constexpr terminal::Style plain{100, false};

Time day(int year, unsigned month, unsigned of_month) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) /
                               static_cast<int>(of_month)};
}

/// An Exchange server by AD CS: expired, of another name, with a stray certificate, its root not trusted.
Report faulty() {
  certs::Verdict verdict;
  verdict.findings = {{certs::Fault::expired, 0, "expired on 2026-10-01, 53 days ago"},
                      {certs::Fault::untrusted_root, 2, "its root isn't among the trusted certificates"}};
  verdict.name_checked = "mail.contoso.com";
  verdict.names = {"exchange.contoso.local", "*.contoso.local"};
  verdict.kind = certs::Kind::private_pki;
  verdict.template_name = "WebServer";
  verdict.causes = {1, 2};
  verdict.dotnet = {{"RemoteCertificateNameMismatch", "RemoteCertificateChainErrors"},
                    {"NotTimeValid", "UntrustedRoot"},
                    "The remote certificate is invalid."};
  verdict.lints = {"certificate 0: valid for more than 398 days"};
  verdict.chain = {{"CN=exchange",
                    "CN=Issuing",
                    "2a",
                    day(2024, 10, 1),
                    day(2026, 10, 1),
                    "RSA 2048",
                    "sha256WithRSAEncryption",
                    "aa",
                    {"exchange.contoso.local", "*.contoso.local"}},
                   {"CN=stray",
                    "CN=stray",
                    "01",
                    day(2020, 1, 1),
                    day(2030, 1, 1),
                    "EC P-256",
                    "ecdsa-with-SHA256",
                    "bb",
                    {}},
                   {"CN=Root",
                    "CN=Root",
                    "02",
                    day(2020, 1, 1),
                    day(2040, 1, 1),
                    "RSA 4096",
                    "sha256WithRSAEncryption",
                    "cc",
                    {}}};
  verdict.path = {0, 2};
  verdict.days_left = -53;

  Report report;
  report.target = {"imap://mail.contoso.com", {"mail.contoso.com", 143}, Starttls::imap, {}};
  report.name = "mail.contoso.com";
  report.address = "192.0.2.1:143";
  report.agreed = {tls::Version::tls12, tls::CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                   tls::Group::secp256r1, "", false};
  report.versions = {{0x0301, true, {}, false, {"TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"}},
                     {0x0302, false, "alert protocol_version (70)", false, {}},
                     {0x0303, true, {}, true, {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}},
                     {0x0304, false, "no TLS version in common with the server", false, {}}};
  report.without_sni = WithoutSni::other_certificate;
  report.without_sni_detail = "CN=default";
  report.verdict = std::make_shared<const certs::Verdict>(verdict);
  report.steps = {"Import the root.", "Change the URL."};
  return report;
}

Report good() {
  certs::Verdict verdict;
  verdict.name_checked = "mail.contoso.local";
  verdict.name_matches = true;
  verdict.names = {"exchange", "*.contoso.local"};
  verdict.kind = certs::Kind::public_ca;
  verdict.chain = {{"CN=exchange",
                    "CN=Root",
                    "2a",
                    day(2026, 1, 1),
                    day(2026, 12, 1),
                    "EC P-256",
                    "ecdsa-with-SHA256",
                    "aa",
                    {"exchange", "*.contoso.local"}}};
  verdict.path = {0, 1};
  verdict.days_left = 8;
  Report report;
  report.target = {"chain.pem", {}, Starttls::none, "chain.pem"};
  report.name = "mail.contoso.local";
  report.verdict = std::make_shared<const certs::Verdict>(verdict);
  report.source = inspect::VerdictSource::file;
  return report;
}

Report unreachable() {
  Report report;
  report.target = {"mail.contoso.com", {"mail.contoso.com", 443}, Starttls::none, {}};
  report.name = "mail.contoso.com";
  report.error = "no connection to 192.0.2.1:443: connection refused";
  return report;
}

}  // namespace

TEST_CASE("the text has every fault at its place in the chain, and what to do") {
  CHECK(to_text({faulty()}, certs::Language::english, plain) ==
        R"(imap://mail.contoso.com  NOT TRUSTED, NAME MISMATCH
  server      192.0.2.1:143, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, secp256r1, STARTTLS
              (imap)
  versions    TLS 1.0: answers, TLS_RSA_WITH_RC4_128_SHA, TLS_RSA_WITH_3DES_EDE_CBC_SHA
              TLS 1.1: no, alert protocol_version (70)
              TLS 1.2: yes, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
              TLS 1.3: no, no TLS version in common with the server
  no SNI      ANOTHER certificate: CN=default
  chain       CN=Root
              RSA 4096, sha256WithRSAEncryption, 2020-01-01 to 2040-01-01
              ! untrusted-root: its root isn't among the trusted certificates
              +- CN=exchange
                 RSA 2048, sha256WithRSAEncryption, 2024-10-01 to 2026-10-01
                 ! expired: expired on 2026-10-01, 53 days ago
              also sent, and not used:
              CN=stray
              EC P-256, ecdsa-with-SHA256, 2020-01-01 to 2030-01-01
  names       asked for mail.contoso.com
              exchange.contoso.local
              *.contoso.local
  kind        private PKI, AD CS template WebServer
  cause       1: the certificate isn't trusted
              2: the name asked for isn't among the certificate's
  .NET        RemoteCertificateNameMismatch, RemoteCertificateChainErrors (NotTimeValid,
              UntrustedRoot)
              The remote certificate is invalid.
  validity    ended 53 days ago
  to do       1. Import the root.
              2. Change the URL.
  lints       - certificate 0: valid for more than 398 days
)");
}

TEST_CASE("a good file is told in a few lines, with the way its name matches and the end that is near") {
  CHECK(to_text({good()}, certs::Language::english, plain) == R"(chain.pem  trusted, name matches
  chain       CN=Root (from the trust store)
              +- CN=exchange
                 EC P-256, ecdsa-with-SHA256, 2026-01-01 to 2026-12-01
  names       asked for mail.contoso.local
              exchange
              *.contoso.local: matches by its wildcard
  kind        public CA
  .NET        connects
  validity    8 days left: ends soon
)");
}

TEST_CASE("a name with a dot at its end is told apart from the one asked for") {
  auto report = faulty();
  auto verdict = *report.verdict;
  verdict.names = {"mail.contoso.com."};
  report.verdict = std::make_shared<const certs::Verdict>(verdict);
  const auto text = to_text({report}, certs::Language::english, plain);
  CHECK(text.find(
            "  names       asked for mail.contoso.com\n              \"mail.contoso.com.\" (with a dot at "
            "its end") != std::string::npos);
}

TEST_CASE("several targets end in a table") {
  const auto text = to_text({good(), unreachable(), faulty()}, certs::Language::english, plain);
  CHECK(text.substr(text.rfind("\n\n") + 2) ==
        R"(  target                   trust                    name           days left
  chain.pem                trusted                  name matches   8
  mail.contoso.com         NOTHING TO JUDGE
  imap://mail.contoso.com  expired, untrusted-root  NAME MISMATCH  -53
)");
}

TEST_CASE("the table tells what may be revoked apart from what is") {
  auto report = faulty();
  auto verdict = *report.verdict;
  verdict.findings = {{certs::Fault::revoked, 0, "may be revoked: no answer", true}};
  report.verdict = std::make_shared<const certs::Verdict>(verdict);
  const auto may_be = to_text({report, report}, certs::Language::english, plain);
  CHECK(may_be.substr(may_be.rfind("days left")).find("  may be revoked  ") != std::string::npos);
  verdict.findings[0].state_unknown = false;
  report.verdict = std::make_shared<const certs::Verdict>(verdict);
  const auto is = to_text({report, report}, certs::Language::english, plain);
  CHECK(is.substr(is.rfind("days left")).find("  revoked  ") != std::string::npos);
}

TEST_CASE("the text is in the language asked for, and coloured where colours are") {
  const auto text = to_text({faulty()}, certs::Language::vietnamese, {100, true});
  CHECK(
      text.starts_with("\x1b[1mimap://mail.contoso.com\x1b[0m  \x1b[31mKHÔNG TIN CẬY\x1b[0m, "
                       "\x1b[31mTÊN KHÔNG KHỚP\x1b[0m\n"));
}

TEST_CASE("what a server chose can't move the cursor or forge a line") {
  auto report = faulty();
  auto verdict = *report.verdict;
  verdict.chain[0].subject = "CN=\x1b[2J\nforged";
  verdict.names = {"\x1b]0;title\a"};
  verdict.findings[0].detail = "\r\n\x1b[31m";
  report.verdict = std::make_shared<const certs::Verdict>(verdict);
  report.without_sni_detail = "\x1b[H";
  report.handshake = "\x1b[H";
  report.versions[1].detail = "\x1b[H";
  report.steps = {"\x1b[H"};
  const auto text = to_text({report}, certs::Language::english, plain);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\nforged") == std::string::npos);
  CHECK(text.find("\\x1b[2J") != std::string::npos);
}

TEST_CASE("the JSON document has one object a target, and the worst exit status") {
  rapidjson::Document document;
  document.Parse(to_json({good(), unreachable(), faulty()}, day(2026, 11, 23)));
  REQUIRE_FALSE(document.HasParseError());
  CHECK(document["exit_status"].GetInt() == 4);
  CHECK(document["time"] == "2026-11-23T00:00:00Z");
  const auto& targets = document["targets"];
  REQUIRE(targets.Size() == 3);
  CHECK(targets[0]["exit_status"].GetInt() == 0);
  CHECK(targets[0]["verdict"]["source"] == "file");
  CHECK(targets[0]["address"].IsNull());
  CHECK(targets[1]["exit_status"].GetInt() == 4);
  CHECK(targets[1]["verdict"].IsNull());
  CHECK(targets[1]["error"] == "no connection to 192.0.2.1:443: connection refused");
  CHECK(targets[2]["exit_status"].GetInt() == 3);
  CHECK(targets[2]["starttls"] == "imap");
  CHECK(targets[2]["verdict"]["faults"].Size() == 2);
  CHECK(targets[2]["chain"].Size() == 3);
  CHECK(targets[2]["versions"][0]["version"] == "TLSv1.0");
  CHECK(targets[2]["versions"][0]["spoken"].GetBool());
  CHECK_FALSE(targets[2]["versions"][0]["by_handshake"].GetBool());
  CHECK(targets[2]["versions"][0]["ciphers"][1] == "TLS_RSA_WITH_3DES_EDE_CBC_SHA");
  CHECK(targets[2]["without_sni"]["answer"] == "other-certificate");
}

TEST_CASE("of several targets the worst status counts: 0, 2, 1, 3, 4") {
  auto untrusted = faulty(), mismatch = faulty();
  auto verdict = *untrusted.verdict;
  verdict.name_matches = true;
  untrusted.verdict = std::make_shared<const certs::Verdict>(verdict);
  verdict = *mismatch.verdict;
  verdict.findings.clear();
  mismatch.verdict = std::make_shared<const certs::Verdict>(verdict);
  CHECK(exit_status({good(), mismatch}) == 2);
  CHECK(exit_status({untrusted, mismatch}) == 1);
  CHECK(exit_status({faulty(), untrusted}) == 3);
  CHECK(exit_status({unreachable(), faulty()}) == 4);
}
