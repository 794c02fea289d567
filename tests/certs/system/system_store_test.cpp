// Certificates with keys of CryptoAPI, as Exchange has them, taken from this user's store MY.

#include "certs/system/system_store.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/model/identity.h"
#include "config/base/windows/system.h"
#include "config/base/windows/wide.h"

using namespace mailtap;
using namespace mailtap::certs;

namespace {

/// A self-signed certificate in the store, whose key is in a container of that name; both go with it.
class InStore {
 public:
  InStore(const std::string& name, DWORD exportable)
      : container_(to_wide("mailtap-test-" + name + "-" + std::to_string(::GetCurrentProcessId()))) {
    HCRYPTPROV provider = 0;
    REQUIRE(::CryptAcquireContextW(&provider, container_.c_str(), nullptr, PROV_RSA_AES, CRYPT_NEWKEYSET) !=
            FALSE);
    HCRYPTKEY key = 0;
    REQUIRE(::CryptGenKey(provider, AT_KEYEXCHANGE, 2048U << 16U | exportable, &key) != FALSE);
    ::CryptDestroyKey(key);

    const auto subject = to_wide("CN=" + name + ".test");
    BYTE encoded[200];
    DWORD size = sizeof encoded;
    REQUIRE(::CertStrToNameW(X509_ASN_ENCODING, subject.c_str(), CERT_X500_NAME_STR, nullptr, encoded, &size,
                             nullptr) != FALSE);
    CERT_NAME_BLOB issued_to{size, encoded};
    CRYPT_KEY_PROV_INFO where{};
    where.pwszContainerName = container_.data();
    where.dwProvType = PROV_RSA_AES;
    where.dwKeySpec = AT_KEYEXCHANGE;
    char sha256_rsa[] = szOID_RSA_SHA256RSA;
    CRYPT_ALGORITHM_IDENTIFIER algorithm{};
    algorithm.pszObjId = sha256_rsa;
    certificate_ = ::CertCreateSelfSignCertificate(provider, &issued_to, 0, &where, &algorithm, nullptr,
                                                   nullptr, nullptr);
    ::CryptReleaseContext(provider, 0);
    REQUIRE(certificate_ != nullptr);
    store_ = ::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
    REQUIRE(store_ != nullptr);
    REQUIRE(::CertAddCertificateContextToStore(store_, certificate_, CERT_STORE_ADD_ALWAYS, &added_) !=
            FALSE);
    ::CertControlStore(store_, 0, CERT_STORE_CTRL_COMMIT, nullptr);
  }
  ~InStore() {
    if (added_ != nullptr) ::CertDeleteCertificateFromStore(added_);
    if (store_ != nullptr) ::CertControlStore(store_, 0, CERT_STORE_CTRL_COMMIT, nullptr);
    if (store_ != nullptr) ::CertCloseStore(store_, 0);
    if (certificate_ != nullptr) ::CertFreeCertificateContext(certificate_);
    HCRYPTPROV gone = 0;
    ::CryptAcquireContextW(&gone, container_.c_str(), nullptr, PROV_RSA_AES, CRYPT_DELETEKEYSET);
  }
  InStore(const InStore&) = delete;
  InStore& operator=(const InStore&) = delete;

  Buffer der() const {
    return {certificate_->pbCertEncoded, certificate_->pbCertEncoded + certificate_->cbCertEncoded};
  }
  std::string thumbprint() const {
    Buffer digest(20);
    auto size = static_cast<DWORD>(digest.size());
    ::CertGetCertificateContextProperty(certificate_, CERT_SHA1_HASH_PROP_ID, digest.data(), &size);
    return to_hex(digest);
  }

 private:
  std::wstring container_;
  HCERTSTORE store_ = nullptr;
  const CERT_CONTEXT* certificate_ = nullptr;
  const CERT_CONTEXT* added_ = nullptr;
};

std::string failure(const Result<Exported>& exported) {
  REQUIRE_FALSE(exported);
  return exported.error().message;
}

}  // namespace

TEST_CASE("a certificate comes out of the store with its key, by its thumbprint or a part of its name") {
  const InStore exchange("exchange", CRYPT_EXPORTABLE);
  for (const auto& which : {std::string("exchange.TEST"), exchange.thumbprint()}) {
    INFO(which);
    const auto exported = export_from_store(which, StoreOf::user);
    REQUIRE(exported);
    REQUIRE(exported->certificates.size() == 1);
    CHECK(exported->certificates[0] == exchange.der());
    // Which refuses a key that isn't the certificate's.
    const auto identity = Identity::from_der(exported->certificates, exported->key);
    INFO((identity ? "" : identity.error().message));
    CHECK(identity.has_value());
  }
}

TEST_CASE("a key that isn't exportable stays, and the error says what to do") {
  const InStore exchange("locked", 0);
  CHECK(failure(export_from_store("locked.test", StoreOf::user))
            .find("isn't exportable: have the certificate issued again") != std::string::npos);
}

TEST_CASE("none or several that fit are an error, which names the several by their thumbprints") {
  const InStore one("one", CRYPT_EXPORTABLE);
  const InStore other("other", CRYPT_EXPORTABLE);
  CHECK(
      failure(export_from_store("third.test", StoreOf::user)).find("no certificate whose subject or name") !=
      std::string::npos);
  CHECK(failure(export_from_store(std::string(40, 'a'), StoreOf::user))
            .find("no certificate with the thumbprint") != std::string::npos);
  const auto several = failure(export_from_store(".test", StoreOf::user));
  CHECK(several.find(one.thumbprint()) != std::string::npos);
  CHECK(several.find(other.thumbprint()) != std::string::npos);
}
