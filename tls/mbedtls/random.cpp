// Where mbedTLS's PSA layer gets its randomness (MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG).
#include "config/base/random.h"

#include <psa/crypto.h>

extern "C" psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t* /*context*/,
                                                        uint8_t* output, size_t output_size,
                                                        size_t* output_length) {
  if (!mailtap::random_bytes({output, output_size})) return PSA_ERROR_INSUFFICIENT_ENTROPY;
  *output_length = output_size;
  return PSA_SUCCESS;
}
