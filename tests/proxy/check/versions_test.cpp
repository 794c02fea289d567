#include "proxy/check/versions.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "proxy/check/check.h"
#include "proxy/check/product.h"

using namespace mailtap;
using namespace mailtap::check;
using Outcome = ClientMeets::Outcome;

namespace {

constexpr auto english = certs::Language::english, vietnamese = certs::Language::vietnamese;

VersionJudgement judged(const std::vector<std::uint16_t>& spoken, certs::Language language = english) {
  std::vector<VersionAnswer> answers;
  for (const std::uint16_t version : {0x0300, 0x0301, 0x0302, 0x0303, 0x0304}) {
    auto& answer = answers.emplace_back();
    answer.version = version;
    answer.spoken = std::find(spoken.begin(), spoken.end(), version) != spoken.end();
  }
  return judge_versions(answers, 0, language);
}

const ClientMeets& client(const VersionJudgement& judgement, std::string_view name) {
  const auto found = std::find_if(judgement.clients.begin(), judgement.clients.end(),
                                  [&](const auto& one) { return one.client == name; });
  REQUIRE(found != judgement.clients.end());
  return *found;
}

}  // namespace

TEST_CASE("a server with nothing newer than TLS 1.1 has a fault, and each client meets its own") {
  const auto old = judged({0x0300, 0x0301});
  CHECK(old.only_old);
  CHECK(client(old, "dotnet-framework-4.5").outcome == Outcome::connects);
  CHECK(client(old, "dotnet-framework-4.6").outcome == Outcome::connects);
  CHECK(client(old, "dotnet-framework").outcome == Outcome::depends);
  CHECK(client(old, "outlook").says.find("TLS 1.0") != std::string::npos);
  CHECK(client(old, "java").says.find("protocol version TLS10 is not accepted") != std::string::npos);
  CHECK(client(old, "go").says == "tls: server selected unsupported protocol version 301");
  CHECK(client(old, "openssl").outcome == Outcome::depends);
  for (const auto* name : {"java", "python", "go", "chromium", "thunderbird"})
    CHECK(client(old, name).outcome == Outcome::refused);
  CHECK(judged({0x0302}).only_old);
  CHECK(client(judged({0x0300}), "dotnet-framework-4.6").outcome == Outcome::refused);
  CHECK(client(judged({0x0301}, vietnamese), "outlook").says.find("Windows còn bật TLS 1.0") !=
        std::string::npos);
}

TEST_CASE("a server of today has none, and whom it leaves out is told") {
  const auto modern = judged({0x0303, 0x0304});
  CHECK_FALSE(modern.only_old);
  CHECK(client(modern, "dotnet-framework-4.5").outcome == Outcome::refused);
  CHECK(client(modern, "outlook").outcome == Outcome::connects);
  const auto newest = judged({0x0304});
  CHECK_FALSE(newest.only_old);
  CHECK(client(newest, "dotnet-framework-4.6").outcome == Outcome::refused);
  CHECK(client(newest, "outlook").outcome == Outcome::depends);
  CHECK(client(newest, "java").outcome == Outcome::connects);
}

TEST_CASE("a version that a handshake agreed on counts, though no answer tells of it") {
  CHECK_FALSE(judge_versions({}, 0x0303, english).only_old);
  CHECK(judge_versions({}, 0, english).newest == 0);
  CHECK(judge_versions({}, 0, english).clients.empty());
}

TEST_CASE("until the server is mended mailtap can stand in between, behind STARTTLS too") {
  Target target{"", {"2001:db8::1", 993}, Starttls::none};
  CHECK(bridging_command(target, 0x0301) ==
        "mailtap run --listen :993 --upstream [2001:db8::1]:993 --legacy-tls=upstream");
  target = {"", {"mail.contoso.com", 25}, Starttls::smtp};
  CHECK(bridging_command(target, 0x0300) ==
        "mailtap run --listen :25 --upstream mail.contoso.com:25 --protocol smtp --starttls "
        "--legacy-tls=upstream "
        "--legacy-ssl3");
}

TEST_CASE("versions are told as people write them") {
  CHECK(version_title(0x0300) == "SSL 3.0");
  CHECK(version_title(0x0301) == "TLS 1.0");
  CHECK(version_title(0x0304) == "TLS 1.3");
}

TEST_CASE("a server is asked what it is in its service's way, and what it answers is cut short") {
  Report report;
  report.name = "mail.contoso.com";
  report.target = {"https://mail.contoso.com:8443", {"mail.contoso.com", 8443}, Starttls::none, "", "https"};
  CHECK(words_for(report)->asks.starts_with("HEAD / HTTP/1.1\r\nHost: mail.contoso.com\r\n"));
  note_said("no HTTP", report);
  CHECK(product_of(report) == certs::Product::unknown);
  note_said("HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/10.0\r\nX-FEServer: EX01\r\n\r\n", report);
  CHECK(product_of(report) == certs::Product::exchange);
  report = {};
  report.target = {"", {"mail.contoso.com", 8443}, Starttls::none};
  CHECK_FALSE(words_for(report).has_value());
  report.target.endpoint.port = 993;
  const auto words = words_for(report);
  REQUIRE(words.has_value());
  CHECK(words->asks.empty());
  note_said("* OK Dovecot ready.\r\n* BYE", report);
  CHECK(report.greeting == "* OK Dovecot ready.");
  CHECK(product_of(report) == certs::Product::dovecot);
  CHECK_FALSE(words_for(report).has_value());
}
