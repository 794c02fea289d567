// Client certificates that are for servers alone.
#include "certs/advice/client_certificate.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/model/certificate.h"
#include "tests/certs/forge.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::forge;

namespace {

CertificatePtr issued(const std::vector<std::string>& purposes, std::string_view organisation) {
  Recipe root = authority("Root");
  root.subject = root.issuer =
      tlv(0x30, tlv(0x31, tlv(0x30, {oid("2.5.4.10"), tlv(0x0c, as_bytes(organisation))})));
  Recipe leaf = server("relay.example.com");
  leaf.extensions.clear();
  if (!purposes.empty()) leaf.extensions.push_back(extended_key_usage(purposes));
  return parse_certificate(Ca::root(root).issue(leaf)).value();
}

std::optional<std::string> unfit(const std::vector<std::string>& purposes,
                                 std::string_view organisation = "Contoso",
                                 Language language = Language::english) {
  return unfit_for_clients(*issued(purposes, organisation), language);
}

}  // namespace

TEST_CASE("a certificate with clientAuth, with any purpose or with none at all is fit for a client") {
  CHECK_FALSE(unfit({std::string(server_auth), std::string(client_auth)}));
  CHECK_FALSE(unfit({"2.5.29.37.0"}));
  CHECK_FALSE(unfit({}));
}

TEST_CASE("one for servers alone is told with the dates of its CA and of all") {
  const auto text = unfit({std::string(server_auth)}, "Let's Encrypt").value();
  CHECK(text.find("lacks clientAuth") != std::string::npos);
  CHECK(text.find(
            "Let's Encrypt leaves clientAuth out unless asked for it since 2026-02-11, Let's Encrypt leaves "
            "clientAuth out altogether since 2026-07-08, none may write clientAuth into certificates issued "
            "from 2027-03-15 on.") != std::string::npos);
  const auto other = unfit({std::string(server_auth)}, "Contoso").value();
  CHECK(other.find("Contoso leaves") == std::string::npos);
  CHECK(other.find("2027-03-15") != std::string::npos);
}

TEST_CASE(
    "of a client's certificate it is told, too, that the next one of its public CA won't serve clients") {
  const std::vector<std::string> both{std::string(server_auth), std::string(client_auth)};
  CHECK(client_certificate_lints(*issued(both, "Contoso"), Language::english).empty());
  for (const auto language : {Language::english, Language::vietnamese}) {
    const auto next = client_certificate_lints(*issued(both, "Let's Encrypt"), language);
    REQUIRE(next.size() == 1);
    CHECK(next[0].find("2026-07-08") != std::string::npos);
    CHECK(next[0].find('{') == std::string::npos);
    const auto now = client_certificate_lints(*issued({std::string(server_auth)}, "Contoso"), language);
    REQUIRE(now.size() == 1);
    CHECK(now[0].find("extKeyUsage") != std::string::npos);
  }
}

TEST_CASE("it is told in Vietnamese too") {
  const auto text = unfit({std::string(server_auth)}, "DigiCert Inc", Language::vietnamese).value();
  CHECK(text.find("thiếu clientAuth") != std::string::npos);
  CHECK(text.find("DigiCert Inc bỏ hẳn clientAuth từ 2027-03-01") != std::string::npos);
  CHECK(text.find('{') == std::string::npos);
}
