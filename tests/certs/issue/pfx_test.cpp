#include "certs/issue/pfx.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/issue/builder.h"
#include "certs/issue/local_ca.h"
#include "presentation_support.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::test;

namespace {

/// A CA, a leaf of it and a PFX of both, as `openssl pkcs12 -export` writes it.
struct PfxFile {
  TemporaryFolder folder;
  std::string leaf;
  std::string key;
  std::string ca = folder.file("ca.pem");

  PfxFile() {
    LocalCaSettings settings;
    settings.key = KeySpec::p256();
    REQUIRE(LocalCa::init(ca, folder.file("ca.key"), settings, now()));
    const auto authority = LocalCa::load(ca, folder.file("ca.key"), "", now()).value();
    const auto leaf_key = PrivateKey::generate(KeySpec::rsa(2048)).value();
    leaf =
        folder.pem("leaf.pem", authority->issue({{"a.example"}, leaf_key->public_key(), {}}, now()).value());
    key = folder.file("leaf.key", leaf_key->to_pem().value());
  }

  std::string exported(const std::string& options) const {
    const auto pfx = folder.file("a.pfx");
    std::filesystem::remove(pfx);
    const auto done = run("openssl pkcs12 -export -out " + pfx + " -in " + leaf + " -inkey " + key +
                          " -certfile " + ca + " " + options);
    INFO(done.text);
    REQUIRE(done.status == 0);
    return read_file(pfx).value();
  }
};

}  // namespace

TEST_CASE("a PFX with any of the ciphers that Windows writes gives its key, its certificate and the issuer") {
  NEEDS_OPENSSL();
  const PfxFile file;
  for (const auto* ciphers :
       {"", "-legacy", "-legacy -certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES -macalg sha1",
        "-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES", "-certpbe NONE"}) {
    INFO(ciphers);
    const auto content =
        read_pfx(as_bytes(file.exported(std::string("-passout pass:geheim ") + ciphers)), "geheim", "a.pfx");
    REQUIRE(content);
    REQUIRE(content->certificates.size() == 2);
    CHECK(content->certificates[0] == read_certificates(file.leaf)->front());
    CHECK(content->certificates[1] == read_certificates(file.ca)->front());
    const auto key = PrivateKey::parse({content->key.begin(), content->key.end()}, "", "k");
    CHECK(key.value()->public_key() ==
          PrivateKey::parse(read_file(file.key).value(), "", "k").value()->public_key());
  }
}

TEST_CASE("an empty PFX password works, a wrong one and a damaged file are told apart") {
  NEEDS_OPENSSL();
  const PfxFile file;
  CHECK(read_pfx(as_bytes(file.exported("-passout pass:")), "", "a.pfx"));
  auto pfx = file.exported("-passout pass:geheim");
  CHECK(read_pfx(as_bytes(pfx), "falsch", "a.pfx").error().message ==
        "a.pfx: the password doesn't fit the PFX; give the one that it was exported with");
  CHECK(read_pfx(as_bytes("text"), "geheim", "a.pfx").error().message ==
        "a.pfx: is no PFX (PKCS #12) file; give the one that was exported with the private key");
  CHECK(read_pfx(as_bytes(pfx).first(pfx.size() / 2), "geheim", "a.pfx").error().message ==
        "a.pfx: is no PFX (PKCS #12) file; give the one that was exported with the private key");
  CHECK(read_pfx(as_bytes(file.exported("-passout pass:geheim -nomac")), "geheim", "a.pfx")
            .error()
            .message.find("no integrity check") != std::string::npos);
  CHECK(read_pfx(as_bytes(file.exported("-passout pass:geheim -nokeys")), "geheim", "a.pfx")
            .error()
            .message.find("no private key") != std::string::npos);
}
