#include "tests/tls/crypto/rsa_key.h"

#include <stdexcept>
#include <string>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

namespace mailtap::tests {

namespace {

Buffer number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) throw std::runtime_error(name);
  Buffer bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  BN_clear_free(number);
  return bytes;
}

}  // namespace

RsaNumbers make_rsa(unsigned bits, std::uint64_t exponent) {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  BIGNUM* e = BN_new();
  BN_set_word(e, exponent);
  EVP_PKEY* key = nullptr;
  const bool made = EVP_PKEY_keygen_init(context) == 1 &&
                    EVP_PKEY_CTX_set_rsa_keygen_bits(context, static_cast<int>(bits)) == 1 &&
                    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) == 1 &&
                    EVP_PKEY_generate(context, &key) == 1;
  BN_free(e);
  EVP_PKEY_CTX_free(context);
  if (!made) throw std::runtime_error("no RSA key of " + std::to_string(bits) + " bits");
  RsaNumbers numbers{
      number_of(key, OSSL_PKEY_PARAM_RSA_N),         number_of(key, OSSL_PKEY_PARAM_RSA_E),
      number_of(key, OSSL_PKEY_PARAM_RSA_D),         number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR1),
      number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR2),   number_of(key, OSSL_PKEY_PARAM_RSA_EXPONENT1),
      number_of(key, OSSL_PKEY_PARAM_RSA_EXPONENT2), number_of(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1)};
  EVP_PKEY_free(key);
  return numbers;
}

}  // namespace mailtap::tests
