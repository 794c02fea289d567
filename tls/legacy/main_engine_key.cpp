#include "tls/legacy/main_engine_key.h"

#include <mbedtls/rsa.h>

#include "certs/model/identity.h"
#include "config/base/random.h"

namespace mailtap::tls {

std::vector<Bytes> chain_of(const certs::Identity& identity) {
  std::vector<Bytes> chain;
  for (const auto* certificate = identity.chain(); certificate != nullptr; certificate = certificate->next)
    chain.emplace_back(certificate->raw.p, certificate->raw.len);
  return chain;
}

bool has_rsa_key(const certs::Identity& identity) {
  return mbedtls_pk_get_type(identity.key()) == MBEDTLS_PK_RSA;
}

std::size_t rsa_size(const certs::Identity& identity) {
  return mbedtls_rsa_get_len(mbedtls_pk_rsa(*identity.key()));
}

int rsa_decrypt(const certs::Identity& identity, const unsigned char* ciphertext, MutableBytes out,
                std::size_t& size) {
  return mbedtls_rsa_pkcs1_decrypt(mbedtls_pk_rsa(*identity.key()), random_for_mbedtls, nullptr, &size,
                                   ciphertext, out.data(), out.size());
}

int rsa_sign(const certs::Identity& identity, Bytes hashes, unsigned char* signature) {
  return mbedtls_rsa_pkcs1_sign(mbedtls_pk_rsa(*identity.key()), random_for_mbedtls, nullptr, MBEDTLS_MD_NONE,
                                static_cast<unsigned>(hashes.size()), hashes.data(), signature);
}

}  // namespace mailtap::tls
