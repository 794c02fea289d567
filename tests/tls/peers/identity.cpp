#include "tests/tls/peers/identity.h"

#include <map>
#include <memory>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "config/base/freed.h"
#include "tests/source_file.h"

namespace mailtap::tests {

namespace {

using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;

void require(bool right, const std::string& what) {
  if (!right) throw std::runtime_error("libcrypto can't make " + what);
}

Key make_rsa(const char* algorithm, int bits) {
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  EVP_PKEY* key = nullptr;
  require(
      EVP_PKEY_keygen_init(context.get()) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits) == 1,
      "RSA");
  EVP_PKEY_keygen(context.get(), &key);
  return Key(key);
}

Key read_key(const std::string& file) {
  const Memory pem(BIO_new_file(file.c_str(), "r"));
  return pem ? Key(PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, nullptr)) : nullptr;
}

Key make_key(const std::string& kind) {
  // Their primes take seconds to find, and minutes.
  if (kind == "rsa3072" || kind == "rsa4096" || kind == "rsa8192" || kind == "rsa16384")
    return read_key(source_file("tests/tls/peers/keys/" + kind + ".pem"));
  if (kind.starts_with("rsa-pss")) return make_rsa("RSA-PSS", std::stoi(kind.substr(7)));
  if (kind.starts_with("rsa")) return make_rsa("RSA", std::stoi(kind.substr(3)));
  if (kind == "ed25519") return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (kind == "ed448") return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
  return Key(EVP_EC_gen(kind == "secp256r1" ? "prime256v1" : kind.c_str()));
}

std::string text_of(BIO* memory) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  return {text, static_cast<std::size_t>(size)};
}

PeerIdentity make_identity_of(const std::string& kind) {
  const auto key = make_key(kind);
  require(key != nullptr, kind);
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 365L * 24 * 3600);
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("mail.example"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  const bool has_own_hash = kind.starts_with("ed");
  require(X509_sign(certificate.get(), key.get(), has_own_hash ? nullptr : EVP_sha256()) > 0,
          "a certificate of " + kind);

  const Memory certificate_pem(BIO_new(BIO_s_mem()));
  const Memory key_pem(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate_pem.get(), certificate.get());
  PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(certificate_pem.get()), text_of(key_pem.get())};
}

}  // namespace

const PeerIdentity& peer_identity(std::string_view kind) {
  static std::map<std::string, PeerIdentity, std::less<>> made;
  const auto found = made.find(kind);
  return found != made.end() ? found->second
                             : made.emplace(kind, make_identity_of(std::string(kind))).first->second;
}

}  // namespace mailtap::tests
