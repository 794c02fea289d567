#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "tls/crypto/handles.h"
#include "tls/crypto/mlkem.h"

namespace {

using namespace mailtap;
using namespace mailtap::crypto::libcrypto;

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Context = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Algorithm = Handle<EVP_KEM, EVP_KEM_free>;

constexpr const char* name = "ML-KEM-768";

OSSL_PARAM octets(const char* key, const uint8_t* bytes, std::size_t size) {
  return OSSL_PARAM_construct_octet_string(key, const_cast<uint8_t*>(bytes), size);
}

Context of_algorithm() {
  return Context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr));
}
Context of_key(const Key& key) {
  return Context(key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
}

/// A public key that isn't valid is none.
Key imported(const char* parameter, const uint8_t* bytes, std::size_t size, int selection) {
  const auto context = of_algorithm();
  OSSL_PARAM parts[] = {octets(parameter, bytes, size), OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, parts) != 1)
    return nullptr;
  return Key(key);
}

bool is_written(const Key& key, const char* parameter, uint8_t* to, std::size_t size) {
  std::size_t written = 0;
  return EVP_PKEY_get_octet_string_param(key.get(), parameter, to, size, &written) == 1 && written == size;
}

}  // namespace

extern "C" {

int mailtap_has_mlkem() {
  static const bool is_there = [] {
    const ErrorsForgotten forgotten;
    return Algorithm(EVP_KEM_fetch(nullptr, name, nullptr)) != nullptr;
  }();
  return is_there ? 1 : 0;
}

const char* mailtap_mlkem_library() {
  return mailtap_has_mlkem() != 0 ? "libcrypto" : "";
}

int mailtap_mlkem_generate(const uint8_t seed[mailtap_mlkem_seed],
                           uint8_t public_key[mailtap_mlkem_public_key],
                           uint8_t private_key[mailtap_mlkem_private_key]) {
  const ErrorsForgotten forgotten;
  const auto context = of_algorithm();
  const OSSL_PARAM parts[] = {octets(OSSL_PKEY_PARAM_ML_KEM_SEED, seed, mailtap_mlkem_seed),
                              OSSL_PARAM_construct_end()};
  EVP_PKEY* generated = nullptr;
  if (!context || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_params(context.get(), parts) != 1 || EVP_PKEY_generate(context.get(), &generated) != 1)
    return 0;
  const Key key(generated);
  return is_written(key, OSSL_PKEY_PARAM_PUB_KEY, public_key, mailtap_mlkem_public_key) &&
                 is_written(key, OSSL_PKEY_PARAM_PRIV_KEY, private_key, mailtap_mlkem_private_key)
             ? 1
             : 0;
}

int mailtap_mlkem_encapsulate(const uint8_t public_key[mailtap_mlkem_public_key],
                              const uint8_t random[mailtap_mlkem_random],
                              uint8_t ciphertext[mailtap_mlkem_ciphertext],
                              uint8_t secret[mailtap_mlkem_secret]) {
  const ErrorsForgotten forgotten;
  const auto key =
      imported(OSSL_PKEY_PARAM_PUB_KEY, public_key, mailtap_mlkem_public_key, EVP_PKEY_PUBLIC_KEY);
  const auto context = of_key(key);
  const OSSL_PARAM parts[] = {octets(OSSL_KEM_PARAM_IKME, random, mailtap_mlkem_random),
                              OSSL_PARAM_construct_end()};
  std::size_t ciphertext_size = mailtap_mlkem_ciphertext;
  std::size_t secret_size = mailtap_mlkem_secret;
  return context && EVP_PKEY_encapsulate_init(context.get(), parts) == 1 &&
                 EVP_PKEY_encapsulate(context.get(), ciphertext, &ciphertext_size, secret, &secret_size) ==
                     1 &&
                 ciphertext_size == mailtap_mlkem_ciphertext && secret_size == mailtap_mlkem_secret
             ? 1
             : 0;
}

int mailtap_mlkem_decapsulate(const uint8_t private_key[mailtap_mlkem_private_key],
                              const uint8_t ciphertext[mailtap_mlkem_ciphertext],
                              uint8_t secret[mailtap_mlkem_secret]) {
  const ErrorsForgotten forgotten;
  const auto key =
      imported(OSSL_PKEY_PARAM_PRIV_KEY, private_key, mailtap_mlkem_private_key, EVP_PKEY_KEYPAIR);
  const auto context = of_key(key);
  std::size_t size = mailtap_mlkem_secret;
  return context && EVP_PKEY_decapsulate_init(context.get(), nullptr) == 1 &&
                 EVP_PKEY_decapsulate(context.get(), secret, &size, ciphertext, mailtap_mlkem_ciphertext) ==
                     1 &&
                 size == mailtap_mlkem_secret
             ? 1
             : 0;
}

}  // extern "C"
