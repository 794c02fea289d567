#include "certs/issue/local_ca.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "presentation_support.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::test;

namespace {

/// EC: an RSA key for each case would take most of the time.
LocalCaSettings fast_settings() {
  LocalCaSettings settings;
  settings.key = KeySpec::p256();
  return settings;
}

struct CaFiles {
  TemporaryFolder folder;
  std::string cert = folder.file("ca.pem");
  std::string key = folder.file("ca.key");
};

bool private_mode(const std::string& file) {
  return (std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
         (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

TEST_CASE("a leaf of a fresh CA is accepted by openssl for its names alone") {
  NEEDS_OPENSSL();
  const CaFiles files;
  const bool constrained = GENERATE_COPY(false, true);
  auto settings = fast_settings();
  if (constrained) settings.name_constraints.permitted = {"contoso.example", "192.0.2.0/24"};
  REQUIRE(LocalCa::init(files.cert, files.key, settings, now()));
  const auto ca =
      LocalCa::load(files.cert, files.key, "", now(), {"http://a.example/crl", "http://a.example/ca"})
          .value();
  const auto key = PrivateKey::generate(KeySpec::p256()).value();
  const auto leaf = ca->issue({{"mail.contoso.example", "192.0.2.9"}, key->public_key(), {}}, now()).value();
  const auto file = files.folder.pem("leaf.pem", leaf);
  const auto verify = [&](const std::string& options) {
    return run("openssl verify -x509_strict -purpose sslserver -CAfile " + files.cert + " " + options + " " +
               file);
  };
  const auto good = verify("-verify_hostname mail.contoso.example");
  INFO(good.text);
  CHECK(good.status == 0);
  CHECK(verify("-verify_ip 192.0.2.9").status == 0);
  CHECK(verify("-verify_hostname other.example").has("hostname mismatch"));

  const auto text = run("openssl x509 -noout -text -in " + file);
  for (const auto* part :
       {"ecdsa-with-SHA256", "URI:http://a.example/crl", "CA Issuers - URI:http://a.example/ca", "CA:FALSE",
        "TLS Web Server Authentication"})
    CHECK(text.has(part));
  // OpenSSL 3.0 and 3.5 print a name differently.
  CHECK((text.has("Subject: CN = mail.contoso.example") || text.has("Subject: CN=mail.contoso.example")));
  if (constrained) {
    files.folder.pem("leaf.pem", ca->issue({{"mail.other.example"}, key->public_key(), {}}, now()).value());
    CHECK(verify("").has("permitted subtree violation"));
  }
}

TEST_CASE("the CRL is the CA's and revokes nothing") {
  NEEDS_OPENSSL();
  const CaFiles files;
  REQUIRE(LocalCa::init(files.cert, files.key, fast_settings(), now()));
  const auto ca = LocalCa::load(files.cert, files.key, "", now()).value();
  const auto key = PrivateKey::generate(KeySpec::p256()).value();
  const auto leaf =
      files.folder.pem("leaf.pem", ca->issue({{"a.example"}, key->public_key(), {}}, now()).value());
  const auto crl = files.folder.file("crl.pem", to_pem(ca->crl(now()).value(), "X509 CRL"));
  CHECK(run("openssl crl -noout -CAfile " + files.cert + " -in " + crl).has("verify OK"));
  CHECK(run("openssl crl -noout -text -in " + crl).has("No Revoked Certificates"));
  CHECK(run("openssl verify -crl_check -CRLfile " + crl + " -CAfile " + files.cert + " " + leaf).status == 0);
  CHECK(run("openssl verify -crl_check -CAfile " + files.cert + " " + leaf)
            .has("unable to get certificate CRL"));
}

TEST_CASE("a leaf begins a day ago and ends after 90 days, or with its CA") {
  const CaFiles files;
  auto settings = fast_settings();
  settings.days = 100;
  const auto start = from_rfc3339("2026-11-23T00:00:00Z").value();
  REQUIRE(LocalCa::init(files.cert, files.key, settings, start));
  const auto ca = LocalCa::load(files.cert, files.key, "", start).value();
  CHECK(ca->not_after() == start + std::chrono::days{100});
  const auto key = PrivateKey::generate(KeySpec::p256()).value();
  const auto has_time = [&](Time issued, std::string_view time) {
    const auto leaf = ca->issue({{"a.example"}, key->public_key(), {}}, issued).value();
    return as_text(leaf).find(time) != std::string_view::npos;
  };
  CHECK(has_time(start, "261122000000Z"));
  CHECK(has_time(start, "270221000000Z"));
  CHECK(has_time(start + std::chrono::days{50}, "270303000000Z"));  // the CA's own end
  const auto late = ca->issue({{"a.example"}, key->public_key(), {}}, start + std::chrono::days{101});
  REQUIRE_FALSE(late);
  CHECK(late.error().message == files.cert +
                                    ": the CA expired on 2027-03-03T00:00:00Z; make a new one with mailtap "
                                    "ca init and trust it on the router");
}

TEST_CASE("a CA's files are private, and never overwritten") {
  const CaFiles files;
  REQUIRE(LocalCa::init(files.cert, files.key, fast_settings(), now()));
  CHECK(private_mode(files.key));
  CHECK_FALSE(private_mode(files.cert));
  const auto before = read_file(files.key).value();
  const auto again = LocalCa::init(files.folder.file("other.pem"), files.key, fast_settings(), now());
  REQUIRE_FALSE(again);
  CHECK(again.error().message.find(files.key + ": exists already") == 0);
  CHECK_FALSE(LocalCa::init(files.cert, files.folder.file("other.key"), fast_settings(), now()));
  CHECK_FALSE(std::filesystem::exists(files.folder.file("other.key")));
  CHECK(read_file(files.key).value() == before);
  CHECK_FALSE(LocalCa::init("/nonexistent/ca.pem", files.folder.file("third.key"), fast_settings(), now()));
  CHECK_FALSE(std::filesystem::exists(files.folder.file("third.key")));
}

TEST_CASE("what is wrong with a CA's files is said with the file's name") {
  const CaFiles files;
  auto settings = fast_settings();
  settings.password = "right";
  REQUIRE(LocalCa::init(files.cert, files.key, settings, now()));
  const auto error = [&](const std::string& cert, const std::string& key, const std::string& password,
                         Time at) {
    const auto loaded = LocalCa::load(cert, key, password, at);
    return loaded ? std::string() : loaded.error().message;
  };
  CHECK(error(files.cert, files.key, "right", now()).empty());
  CHECK(error(files.cert, files.key, "wrong", now()) ==
        files.key + ": the password doesn't fit the private key; give the one that it was encrypted with");
  CHECK(error(files.cert, files.key, "", now()).find(files.key + ": the private key is encrypted") == 0);
  CHECK(error(files.cert, files.key, "right", now() + std::chrono::days{4000})
            .find(files.cert + ": the CA expired on") == 0);
  CHECK(error(files.cert, files.key, "right", now() - std::chrono::days{2})
            .find(files.cert + ": the CA is valid only from") == 0);
  CHECK(error(files.folder.file("none.pem"), files.key, "", now()).find("No such file") != std::string::npos);
  CHECK(error(files.folder.file("text.pem", "hello"), files.key, "", now()).find("holds no certificate") !=
        std::string::npos);

  const auto other = PrivateKey::generate(KeySpec::p256()).value();
  const auto other_key = files.folder.file("other.key", other->to_pem().value());
  CHECK(error(files.cert, other_key, "", now()) ==
        other_key + ": this private key doesn't belong to the certificate in " + files.cert +
            "; give the key that was made with it");

  const auto ca = LocalCa::load(files.cert, files.key, "right", now()).value();
  const auto leaf =
      files.folder.pem("leaf.pem", ca->issue({{"a.example"}, other->public_key(), {}}, now()).value());
  CHECK(error(leaf, other_key, "", now()).find(leaf + ": is no CA certificate") == 0);
}
