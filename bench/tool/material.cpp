#include "bench/tool/material.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "bench/tool/openssl.h"

namespace mailtap::bench {

namespace {

struct Made {
  KeyPtr key;
  CertificatePtr certificate;
};

bool add_extension(X509* certificate, X509* issuer, int type, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, type, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// `issuer` null: signs itself.
Result<Made> make_certificate(const char* name, KeyPtr key, const Made* issuer) {
  CertificatePtr certificate(X509_new());
  constexpr long day = 24L * 60 * 60;
  static long serial = 1000;
  const bool is_ca = issuer == nullptr;
  X509* const issuing = is_ca ? certificate.get() : issuer->certificate.get();
  bool done = key && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
              ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day) != nullptr &&
              X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 30 * day) != nullptr &&
              X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                         reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1 &&
              X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuing)) == 1 &&
              X509_set_pubkey(certificate.get(), key.get()) == 1;
  done =
      done &&
      add_extension(certificate.get(), issuing, NID_basic_constraints,
                    is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
      add_extension(certificate.get(), issuing, NID_key_usage,
                    is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment") &&
      add_extension(certificate.get(), issuing, NID_subject_key_identifier, "hash") &&
      add_extension(certificate.get(), issuing, NID_authority_key_identifier, "keyid");
  if (!is_ca)
    done = done && add_extension(certificate.get(), issuing, NID_ext_key_usage, "serverAuth") &&
           add_extension(certificate.get(), issuing, NID_subject_alt_name, "DNS:mail.example,IP:127.0.0.1");
  done = done && X509_sign(certificate.get(), is_ca ? key.get() : issuer->key.get(), EVP_sha256()) > 0;
  if (!done) return fail("OpenSSL can't make a certificate: " + openssl_error());
  return Made{std::move(key), std::move(certificate)};
}

Result<void> write_pem(const std::filesystem::path& file, X509* certificate, EVP_PKEY* key) {
  const std::unique_ptr<std::FILE, Freed<std::fclose>> out(std::fopen(file.c_str(), "w"));
  const bool done =
      out && (certificate == nullptr || PEM_write_X509(out.get(), certificate) == 1) &&
      (key == nullptr || PEM_write_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  if (!done) return fail(file.string() + " can't be written");
  return {};
}

Result<void> write_identity(const IdentityFiles& files, const Made& made) {
  if (auto done = write_pem(files.cert, made.certificate.get(), nullptr); !done) return done;
  if (auto done = write_pem(files.key, nullptr, made.key.get()); !done) return done;
  return write_pem(files.both, made.certificate.get(), made.key.get());
}

}  // namespace

Result<Material> Material::make() {
  auto name = (std::filesystem::temp_directory_path() / "mailtap-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return fail(name + ": no folder can be made there");
  Material material{std::filesystem::path(name)};

  const auto ca = make_certificate("mailtap-bench CA", KeyPtr(EVP_EC_gen("P-256")), nullptr);
  if (!ca) return tl::unexpected(ca.error());
  if (auto done = write_pem(material.ca(), ca->certificate.get(), nullptr); !done)
    return tl::unexpected(done.error());
  for (const auto key : {Key::ecdsa, Key::rsa}) {
    const auto made = make_certificate(
        server_name, KeyPtr(key == Key::ecdsa ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048)), &*ca);
    if (!made) return tl::unexpected(made.error());
    if (auto done = write_identity(material.identity(key), *made); !done) return tl::unexpected(done.error());
  }
  return material;
}

Material::~Material() {
  std::error_code ignored;
  if (folder_) std::filesystem::remove_all(*folder_, ignored);
}

IdentityFiles Material::identity(Key key) const {
  const std::string stem = key == Key::ecdsa ? "ecdsa" : "rsa";
  return {*folder_ / (stem + ".pem"), *folder_ / (stem + ".key"), *folder_ / (stem + ".both.pem")};
}

}  // namespace mailtap::bench
