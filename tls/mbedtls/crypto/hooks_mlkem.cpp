// What hybrid key exchanges (tls/mbedtls/hybrid_groups.c) ask of ML-KEM.
#include <mbedtls/ssl.h>

#include "config/base/random.h"
#include "tls/crypto/job.h"
#include "tls/crypto/mlkem.h"
#include "tls/mbedtls/crypto/numbers.h"
#include "tls/mbedtls/hybrid_groups.h"

using namespace mailtap;
using namespace mailtap::crypto;

extern "C" {

int mailtap_kem_generate(unsigned char* keys) {
  Erased<mailtap_mlkem_seed> random;
  const auto seed = random.first(mailtap_mlkem_seed);
  if (!random_bytes(seed)) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  Job job{.kind = JobKind::mlkem_generate,
          .input = seed,
          .output = {keys, std::size_t{mailtap_mlkem_public_key} + mailtap_mlkem_private_key}};
  submit(job);
  return job.status == JobStatus::done ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

int mailtap_kem_encapsulate(const unsigned char* public_key, unsigned char* ciphertext_and_secret) {
  Erased<mailtap_mlkem_random> random;
  const auto m = random.first(mailtap_mlkem_random);
  if (!random_bytes(m)) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  Job job{.kind = JobKind::mlkem_encapsulate,
          .public_key = {public_key, mailtap_mlkem_public_key},
          .input = m,
          .output = {ciphertext_and_secret, std::size_t{mailtap_mlkem_ciphertext} + mailtap_mlkem_secret}};
  submit(job);
  return job.status == JobStatus::done ? 0 : MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
}

int mailtap_kem_decapsulate(const unsigned char* private_key, const unsigned char* ciphertext,
                            unsigned char* secret) {
  Job job{.kind = JobKind::mlkem_decapsulate,
          .private_key = {private_key, mailtap_mlkem_private_key},
          .input = {ciphertext, mailtap_mlkem_ciphertext},
          .output = {secret, mailtap_mlkem_secret}};
  submit(job);
  return job.status == JobStatus::done ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

}  // extern "C"
