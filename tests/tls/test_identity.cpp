#include "tests/tls/test_identity.h"

#include <array>
#include <stdexcept>

#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>

#include "config/base/random.h"

namespace mailtap::tests {

namespace {

void require(int code, const char* what) {
  if (code < 0) throw std::runtime_error(std::string(what) + ": " + std::to_string(code));
}

/// mbedTLS's writers fill a buffer from its end.
Buffer from_end(const Buffer& buffer, int size) {
  require(size, "writing DER");
  return {buffer.end() - size, buffer.end()};
}

Buffer make_key(KeyType type) {
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  if (type != KeyType::p256) {
    require(mbedtls_pk_setup(&key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), "RSA");
    require(mbedtls_rsa_gen_key(mbedtls_pk_rsa(key), random_for_mbedtls, nullptr,
                                type == KeyType::rsa1024   ? 1024
                                : type == KeyType::rsa3072 ? 3072
                                                           : 2048,
                                65537),
            "RSA key");
  } else {
    require(mbedtls_pk_setup(&key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), "EC");
    require(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(key), random_for_mbedtls, nullptr),
            "EC key");
  }
  Buffer der(4096);
  auto result = from_end(der, mbedtls_pk_write_key_der(&key, der.data(), der.size()));
  mbedtls_pk_free(&key);
  return result;
}

const Buffer& rsa_key() {
  static const Buffer key = make_key(KeyType::rsa2048);
  return key;
}

}  // namespace

MadeCertificate make_certificate(const CertificateOptions& options) {
  MadeCertificate made;
  made.key = options.key == KeyType::rsa2048 ? rsa_key() : make_key(options.key);
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  require(
      mbedtls_pk_parse_key(&key, made.key.data(), made.key.size(), nullptr, 0, random_for_mbedtls, nullptr),
      "key");

  mbedtls_x509write_cert writer;
  mbedtls_x509write_crt_init(&writer);
  mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(&writer, &key);
  mbedtls_x509write_crt_set_issuer_key(&writer, &key);
  require(mbedtls_x509write_crt_set_subject_name(&writer, options.subject.c_str()), "subject");
  require(mbedtls_x509write_crt_set_issuer_name(&writer, options.subject.c_str()), "issuer");
  require(mbedtls_x509write_crt_set_validity(&writer, "20200101000000", "20491231235959"), "validity");
  std::array<unsigned char, 1> serial{1};
  require(mbedtls_x509write_crt_set_serial_raw(&writer, serial.data(), serial.size()), "serial");
  for (const auto& extension : options.extensions)
    require(mbedtls_x509write_crt_set_extension(&writer, reinterpret_cast<const char*>(extension.oid.data()),
                                                extension.oid.size(), extension.critical ? 1 : 0,
                                                extension.value.data(), extension.value.size()),
            "extension");
  std::size_t most = 4096;
  for (const auto& extension : options.extensions) most += extension.value.size();
  Buffer der(most);
  made.der =
      from_end(der, mbedtls_x509write_crt_der(&writer, der.data(), der.size(), random_for_mbedtls, nullptr));
  mbedtls_x509write_crt_free(&writer);
  mbedtls_pk_free(&key);
  return made;
}

certs::IdentityPtr make_identity(const CertificateOptions& options,
                                 const std::vector<Buffer>& more_certificates) {
  const auto made = make_certificate(options);
  std::vector<Buffer> chain{made.der};
  chain.insert(chain.end(), more_certificates.begin(), more_certificates.end());
  auto identity = certs::Identity::from_der(chain, made.key);
  if (!identity) throw std::runtime_error(identity.error().message);
  return *identity;
}

}  // namespace mailtap::tests
