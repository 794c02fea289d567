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
