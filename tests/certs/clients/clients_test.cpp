// What each client says of a server's certificate: texts as the programs themselves showed them for the
// servers of mailtap demo (docs/clients.md).

#include <catch2/catch_test_macros.hpp>

#include "certs/clients/profiles.h"
#include "config/client_names.h"
#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;

namespace {

struct Said {
  bool accepts;
  std::string text;
};

Said say(const certs::Verdict& verdict, std::string_view client) {
  const auto* opinion = verdict.opinion_of(client);
  REQUIRE(opinion != nullptr);
  return {opinion->accepts, opinion->message};
}

bool refuses(const certs::Verdict& verdict, std::string_view client, std::string_view text) {
  const auto said = say(verdict, client);
  UNSCOPED_INFO(client << " says: " << said.text);
  return !said.accepts && said.text.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("the clients of options are those that there are profiles of, in their order") {
  std::vector<std::string_view> names;
  for (const auto* profile : certs::clients::profiles()) names.push_back(profile->name);
  CHECK(names == std::vector<std::string_view>(config::client_names.begin(), config::client_names.end()));
}

TEST_CASE("every client accepts a good certificate") {
  const auto root = Ca::root("Root");
  const auto verdict = ask({root.issue("mail.example.com")}, {root.der});
  for (const auto& client : verdict.clients) {
    INFO(client.client << ": " << client.message);
    CHECK((client.accepts || client.client == "python-strict" || client.client == "pyca"));
  }
}

TEST_CASE("a name that isn't on the certificate is refused by every client, in its words") {
  const auto root = Ca::root("Root");
  const auto verdict = ask({root.issue("other.example.com")}, {root.der});
  CHECK(refuses(verdict, "curl",
                "SSL: no alternative certificate subject name matches target host name 'mail.example.com'"));
  CHECK(refuses(verdict, "gnutls-3.7",
                "The certificate is NOT trusted. The name in the certificate does not match the expected."));
  CHECK(refuses(verdict, "python",
                "Hostname mismatch, certificate is not valid for 'mail.example.com'. (_ssl.c:1006)"));
  CHECK(refuses(verdict, "java",
                "javax.net.ssl.SSLHandshakeException: No subject alternative DNS name matching "
                "mail.example.com found."));
  CHECK(refuses(verdict, "go", "x509: certificate is valid for other.example.com, not mail.example.com"));
  CHECK(refuses(verdict, "chromium", "net::ERR_CERT_COMMON_NAME_INVALID"));
  CHECK(refuses(verdict, "dotnet-framework",
                "RemoteCertificateNameMismatch: The underlying connection was closed"));
  CHECK(refuses(verdict, "schannel", "The server name we were expecting is mail.example.com."));
  CHECK(refuses(verdict, "outlook", "The name on the security certificate is invalid"));
  CHECK(verdict.opinion_of("schannel")->code == "0x80090322");
  CHECK(verdict.opinion_of("java")->for_the_name);
}

TEST_CASE("a chain whose root isn't trusted is refused, in each client's words") {
  const auto root = Ca::root("Root");
  const auto other = Ca::root("Other");
  const auto verdict = ask({root.issue("mail.example.com")}, {other.der});
  CHECK(refuses(verdict, "curl", "SSL certificate problem: unable to get local issuer certificate"));
  CHECK(refuses(verdict, "gnutls-3.8", "The certificate is NOT trusted. The certificate issuer is unknown."));
  CHECK(refuses(verdict, "java", "unable to find valid certification path to requested target"));
  CHECK(refuses(verdict, "node", "unable to verify the first certificate"));
  CHECK(verdict.opinion_of("node")->code == "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  CHECK(verdict.opinion_of("openssl-3.0")->code == "20");
  CHECK(verdict.opinion_of("curl")->code == "60");
  CHECK(verdict.opinion_of("thunderbird")->code == "SEC_ERROR_UNKNOWN_ISSUER");
  CHECK(verdict.opinion_of("rustls-webpki")->message == "invalid peer certificate: UnknownIssuer");
  CHECK_FALSE(verdict.opinion_of("java")->for_the_name);
}

TEST_CASE("without a name asked for no client speaks of names") {
  const auto root = Ca::root("Root");
  Asked asked;
  asked.name = "";
  const auto verdict = ask({root.issue("other.example.com")}, {root.der}, asked);
  CHECK(say(verdict, "java").accepts);
  CHECK(say(verdict, "dotnet-framework").accepts);
}

TEST_CASE("what is stapled is refused by those clients alone that look at it, in their words") {
  const auto root = Ca::root("Root");
  auto recipe = server("mail.example.com");
  const auto leaf = root.issue(recipe);
  recipe.extensions.push_back(extension("1.3.6.1.5.5.7.1.24", false, Buffer{0x30, 0x03, 0x02, 0x01, 0x05}));
  const auto demanding = root.issue(recipe);
  const auto refusing = [&](const Buffer& certificate, const Buffer& staple) {
    const auto without = ask({certificate}, {root.der});
    std::vector<std::string> refusals;
    const auto verdict = ask({certificate}, {root.der}, {.staple = staple});
    for (std::size_t i = 0; i < verdict.clients.size(); ++i)
      if (without.clients[i].accepts && !verdict.clients[i].accepts)
        refusals.push_back(std::string(verdict.clients[i].client) + " " + verdict.clients[i].code);
    return refusals;
  };
  using Refusals = std::vector<std::string>;
  CHECK(refusing(demanding, ocsp(root)).empty());
  CHECK(refusing(leaf, {}).empty());
  CHECK(refusing(leaf, ocsp(root, {.says = OcspRecipe::Says::revoked})) ==
        Refusals{"chromium -206", "thunderbird SEC_ERROR_REVOKED_CERTIFICATE",
                 "gnutls-3.7 GNUTLS_CERT_REVOKED", "gnutls-3.8 GNUTLS_CERT_REVOKED"});
  CHECK(refusing(leaf, ocsp(root, {.next_update = now() - std::chrono::hours(1)})) ==
        Refusals{"gnutls-3.7 GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED",
                 "gnutls-3.8 GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED"});
  CHECK(refusing(leaf, ocsp(root, {.serial = {0x2b}})) ==
        Refusals{"thunderbird MOZILLA_PKIX_ERROR_OCSP_RESPONSE_FOR_CERT_MISSING",
                 "gnutls-3.7 GNUTLS_CERT_INVALID_OCSP_STATUS", "gnutls-3.8 GNUTLS_CERT_INVALID_OCSP_STATUS"});
  const Refusals missing{"thunderbird MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING",
                         "gnutls-3.7 GNUTLS_CERT_MISSING_OCSP_STATUS",
                         "gnutls-3.8 GNUTLS_CERT_MISSING_OCSP_STATUS"};
  CHECK(refusing(demanding, {}) == missing);
  CHECK(refusing(leaf, ocsp_error(3)).empty());
  CHECK(refusing(demanding, ocsp_error(3)) == Refusals(missing.begin() + 1, missing.end()));
}
