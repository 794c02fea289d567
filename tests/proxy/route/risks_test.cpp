#include "proxy/route/risks.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "certs/issue/builder.h"
#include "certs/model/pem.h"
#include "config/route.h"

using namespace mailtap;

namespace {

config::Route route() {
  config::Route route;
  route.id = "exchange";
  route.present = config::Presentation::mirror;
  return route;
}

}  // namespace

TEST_CASE("a route that shows the server's own faults risks nothing") {
  CHECK(proxy::risks_of(route()).empty());
}

TEST_CASE("who shows a good certificate over any server is told what to add") {
  auto trusting = route();
  trusting.present = config::Presentation::issue;
  const auto risks = proxy::risks_of(trusting);
  REQUIRE(risks.size() == 1);
  CHECK(risks.front().starts_with("exchange: clients are shown a good certificate"));

  trusting.require_trusted = true;
  CHECK(proxy::risks_of(trusting).empty());
}

TEST_CASE("a client certificate that is for servers alone is told before a server refuses it") {
  const auto key = certs::PrivateKey::generate(certs::KeySpec::p256()).value();
  certs::CertificateSpec spec;
  spec.subject = spec.issuer = certs::name_of({{"CN", "relay.example.com"}});
  spec.not_after = Time{} + std::chrono::days(30000);
  spec.public_key = key->public_key();
  const auto file = std::filesystem::temp_directory_path() / ("client-" + std::to_string(getpid()) + ".pem");
  auto shown = route();
  shown.client_cert = file.string();
  for (const bool fit : {false, true}) {
    spec.extended_key_usage = {fit ? certs::oid::client_auth : certs::oid::server_auth};
    std::ofstream(file) << certs::to_pem(certs::build_certificate(spec, *key).value(), "CERTIFICATE");
    const auto risks = proxy::risks_of(shown);
    CHECK(risks.size() == (fit ? 0 : 1));
    if (!fit)
      CHECK(risks.front().find("client-cert: The client certificate relay.example.com") != std::string::npos);
  }
  std::filesystem::remove(file);
}

TEST_CASE("an own certificate that clients will refuse is told of: by its dates, and by its names") {
  const auto key = certs::PrivateKey::generate(certs::KeySpec::p256()).value();
  const Time now{std::chrono::sys_days{std::chrono::year{2027} / 3 / 1}};
  certs::CertificateSpec spec;
  spec.subject = spec.issuer = certs::name_of({{"CN", "ex01.contoso.local"}});
  spec.public_key = key->public_key();
  spec.names = {"ex01.contoso.local", "*.contoso.com"};
  const auto file =
      (std::filesystem::temp_directory_path() / ("own-" + std::to_string(getpid()) + ".pem")).string();
  auto shown = route();
  shown.require_trusted = true;
  shown.present = config::Presentation::own;
  shown.cert = {file};
  const auto told = [&](int from_days, int to_days, const std::string& name) {
    spec.not_before = now + std::chrono::days(from_days);
    spec.not_after = now + std::chrono::days(to_days);
    std::ofstream(file) << certs::to_pem(certs::build_certificate(spec, *key).value(), "CERTIFICATE");
    shown.name = name;
    std::string text;
    for (const auto& risk : proxy::find_risks(shown, now)) {
      CHECK(risk.option == "cert");
      text += risk.text + "\n";
    }
    return text;
  };
  CHECK(told(-10, 100, "mail.contoso.com").empty());
  CHECK(told(-10, 100, "").empty());
  CHECK(told(-10, -1, "mail.contoso.com") ==
        file + " expired on 2027-02-28, so clients refuse it: renew it\n");
  CHECK(told(1, 100, "").starts_with(file + " is valid only from 2027-03-02"));
  CHECK(told(-10, 29, "") == file + " expires on 2027-03-30: renew it before\n");
  CHECK(told(-10, 100, "mail.example.com") == file +
                                                  " is for ex01.contoso.local, *.contoso.com, and clients "
                                                  "ask for mail.example.com, so they refuse it: "
                                                  "give a certificate for that name, or correct name\n");
  std::filesystem::remove(file);
}

TEST_CASE("each risk is told on its own") {
  auto risky = route();
  risky.allow_plaintext = true;
  risky.legacy_tls.downstream = true;
  risky.keylog = "keys.log";
  risky.trace.secrets = true;
  CHECK(proxy::risks_of(risky).size() == 4);
}

TEST_CASE("a private key that others can read is told of, wherever it is named") {
  const auto file =
      std::filesystem::temp_directory_path() / ("mailtap-risks." + std::to_string(::getpid()) + ".pem");
  std::ofstream(file) << "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n";
  const auto chmod = [&](unsigned mode) { std::filesystem::permissions(file, std::filesystem::perms(mode)); };
  config::Route routes[6];
  for (auto& each : routes) each = route();
  routes[0].key = {file};
  routes[1].ca_key = file;
  routes[2].client_key = file;
  routes[3].ca_key_password_file = file;
  routes[4].cert = {file};
  routes[5].client_cert = file;
  for (const auto& each : routes) {
    chmod(0644);
    REQUIRE(proxy::risks_of(each).size() == 1);
    CHECK(proxy::risks_of(each).front().find("can be read by everybody") != std::string::npos);
    chmod(0640);
    CHECK(proxy::risks_of(each).empty());
  }
  std::filesystem::remove(file);
}
