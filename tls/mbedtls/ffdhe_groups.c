#include "ssl_misc.h"

#include "tls/mbedtls/ffdhe_groups.h"

#include <mbedtls/dhm.h>

/* Those that a hello may cost us the powers of: the larger ones of TLS 1.3, where a client sends a share of as
 * many bytes, are too dear for one of a hundred bytes. */
static const unsigned char ffdhe2048[] = MBEDTLS_DHM_RFC7919_FFDHE2048_P_BIN;
static const unsigned char ffdhe3072[] = MBEDTLS_DHM_RFC7919_FFDHE3072_P_BIN;
static const unsigned char ffdhe4096[] = MBEDTLS_DHM_RFC7919_FFDHE4096_P_BIN;

static const struct {
  uint16_t group;
  size_t size;
  const unsigned char* prime;
} primes[] = {{MBEDTLS_SSL_IANA_TLS_GROUP_FFDHE2048, sizeof(ffdhe2048), ffdhe2048},
              {MBEDTLS_SSL_IANA_TLS_GROUP_FFDHE3072, sizeof(ffdhe3072), ffdhe3072},
              {MBEDTLS_SSL_IANA_TLS_GROUP_FFDHE4096, sizeof(ffdhe4096), ffdhe4096}};

static int is_ours(const mbedtls_ssl_context* ssl, uint16_t group) {
  const uint16_t* ours = mbedtls_ssl_get_groups(ssl);
  size_t i;
  for (; ours != NULL && *ours != 0; ++ours) {
    if (*ours != group) continue;
    for (i = 0; i < sizeof(primes) / sizeof(primes[0]); ++i)
      if (primes[i].group == group) return 1;
  }
  return 0;
}

uint16_t mailtap_ffdhe_group_of(const mbedtls_ssl_context* ssl, const unsigned char* list, size_t size) {
  uint16_t found = MAILTAP_FFDHE_UNLISTED;
  size_t i;
  for (i = 0; i + 1 < size; i += 2) {
    const uint16_t group = MBEDTLS_GET_UINT16_BE(list, i);
    if (group < 0x0100 || group > 0x01ff) continue; /* the range of such groups */
    if (is_ours(ssl, group)) return group;
    found = MAILTAP_FFDHE_FOREIGN;
  }
  return found;
}

int mailtap_set_ffdhe_group(mbedtls_ssl_context* ssl, size_t key_bits) {
  const uint16_t listed = ssl->handshake->ffdhe_group;
  const uint16_t group = listed > MAILTAP_FFDHE_FOREIGN ? listed
                         : key_bits >= 3072             ? MBEDTLS_SSL_IANA_TLS_GROUP_FFDHE3072
                                                        : MBEDTLS_SSL_IANA_TLS_GROUP_FFDHE2048;
  mbedtls_mpi prime, generator;
  int failure = MBEDTLS_ERR_SSL_BAD_CONFIG;
  size_t i;
  mbedtls_mpi_init(&prime);
  mbedtls_mpi_init(&generator);
  for (i = 0; i < sizeof(primes) / sizeof(primes[0]); ++i) {
    if (primes[i].group != group) continue;
    failure = mbedtls_mpi_read_binary(&prime, primes[i].prime, primes[i].size);
    if (failure == 0) failure = mbedtls_mpi_lset(&generator, 2);
    if (failure == 0) failure = mbedtls_dhm_set_group(&ssl->handshake->dhm_ctx, &prime, &generator);
  }
  mbedtls_mpi_free(&prime);
  mbedtls_mpi_free(&generator);
  return failure;
}

int mailtap_ffdhe_exponent_size(size_t size) {
  return size <= 256 ? 32 : size <= 384 ? 40 : 48;
}
