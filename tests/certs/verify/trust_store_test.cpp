#include "certs/verify/trust_store.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "certs/model/pem.h"
#include "certs/verify/system_roots.h"
#include "certs/verify/trust_store_contents.h"
#include "config/base/file.h"
#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;
namespace fs = std::filesystem;

namespace {

/// A folder that goes away with the test.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("mailtap-trust-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, std::string_view content) const {
    std::ofstream(path / name, std::ios::binary) << content;
    return (path / name).string();
  }
};

std::string pem(const std::string& label, Bytes der) {
  return "-----BEGIN " + label + "-----\n" + to_base64(der) + "\n-----END " + label + "-----\n";
}

/// SignedData with certificates and nothing signed, as Windows exports it.
Buffer pkcs7(const std::vector<Buffer>& certificates) {
  const auto data = tlv(0x30, oid("1.2.840.113549.1.7.1"));
  const auto content = tlv(0x30, {Buffer{0x02, 0x01, 0x01}, tlv(0x31, Bytes{}), data, tlv(0xa0, certificates),
                                  tlv(0x31, Bytes{})});
  return tlv(0x30, {oid("1.2.840.113549.1.7.2"), tlv(0xa0, Bytes(content))});
}

}  // namespace

TEST_CASE("trust comes from PEM, DER and PKCS#7 files and folders, several together", "[posix]") {
  const Folder folder;
  const auto a = Ca::root("A"), b = Ca::root("B"), c = Ca::root("C"), d = Ca::root("D");
  const auto bundle =
      folder.write("bundle.pem", "# comment\r\n" + pem("CERTIFICATE", a.der) + pem("CERTIFICATE", b.der));
  const auto der = folder.write("c.der", as_text(c.der));
  const auto p7b = folder.write("roots.p7b", as_text(pkcs7({a.der, d.der})));
  const auto p7_pem = folder.write("roots.pem", pem("PKCS7", pkcs7({d.der})));
  folder.write("README", "no certificate");
  fs::create_symlink("nowhere", folder.path / "dangling.pem");
  CHECK((*certs::TrustStore::load({bundle}))->size() == 2);
  CHECK((*certs::TrustStore::load({bundle, der}))->size() == 3);
  CHECK((*certs::TrustStore::load({p7b}))->size() == 2);
  CHECK((*certs::TrustStore::load({p7_pem, der}))->size() == 2);
  CHECK((*certs::TrustStore::load({folder.path.string()}))->size() == 4);
}

TEST_CASE("a trust source without certificates, or with a broken one, is an error that names it") {
  const Folder folder;
  for (const auto& file : {folder.write("empty.pem", ""), folder.write("text.pem", "hello"),
                           folder.write("broken.pem", pem("CERTIFICATE", Buffer{0x30, 0x01, 0x00})),
                           folder.write("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB"),
                           (folder.path / "missing.pem").string()}) {
    const auto store = certs::TrustStore::load({file});
    REQUIRE_FALSE(store);
    CHECK(store.error().message.find(file) != std::string::npos);
  }
}

TEST_CASE("a server's certificate is no trust source unless it is self-signed, beside CAs it is let be") {
  const Folder folder;
  const auto root = Ca::root("A");
  const auto leaf = root.issue("mail.contoso.com");
  const auto alone = certs::TrustStore::load({folder.write("leaf.pem", pem("CERTIFICATE", leaf))});
  REQUIRE_FALSE(alone);
  CHECK(alone.error().message.find(
            "leaf.pem: \"mail.contoso.com\" is a server's certificate that another CA") != std::string::npos);
  CHECK(alone.error().message.find("give the certificate of its issuer, CN=A") != std::string::npos);
  CHECK(certs::TrustStore::load(
      {folder.write("both.pem", pem("CERTIFICATE", leaf) + pem("CERTIFICATE", root.der))}));
  CHECK(certs::TrustStore::load({folder.path.string()}));
}

TEST_CASE("a CRL file is read as PEM or DER, and a broken one is an error that names it") {
  const Folder folder;
  const auto root = Ca::root("A");
  const auto trust = folder.write("root.der", as_text(root.der));
  const auto list = crl(root, {});
  CHECK(certs::TrustStore::load({trust}, {folder.write("a.crl", as_text(list))}));
  CHECK(certs::TrustStore::load({trust}, {folder.write("b.crl", pem("X509 CRL", list))}));
  for (const auto& file :
       {folder.write("junk.crl", "junk"), folder.write("none.crl", pem("CERTIFICATE", root.der))}) {
    const auto store = certs::TrustStore::load({trust}, {file});
    REQUIRE_FALSE(store);
    CHECK(store.error().message.find(file) != std::string::npos);
  }
}

TEST_CASE("the system's roots can be read, every one") {
  if (!fs::exists("/etc/ssl/certs/ca-certificates.crt")) SKIP("this system has no bundle in Debian's place");
  const auto store = certs::TrustStore::load({"system"});
  REQUIRE(store);
  CHECK((*store)->size() > 50);
}

TEST_CASE("a CA that the machine's admin added to the system's is trusted, and no public one") {
  const auto store = certs::TrustStore::load({"system"});
  const auto roots = certs::system_roots();
  if (!store || !roots) return;
  const auto& contents = (*store)->contents();
  for (const auto& folder : roots->local_folders) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const auto content = read_file(it->path());
      const auto chain = content ? certs::certificates_in(*content) : Result<std::vector<Buffer>>{};
      if (!chain || chain->empty()) continue;
      const auto certificate = certs::parse_certificate(chain->front()).value();
      CAPTURE(it->path());
      CHECK_FALSE(contents.public_roots.contains(*certificate));
    }
  }
  CHECK(contents.public_roots.all().size() <= contents.anchors.all().size());
}
