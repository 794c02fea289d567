/* TLS 1.3's key schedule (RFC 8446 section 7.1) where several values come of the same step: in place of mbedTLS's
 * functions, which derive them one after the other. */
#include <common.h> /* first: it opens the private members to what comes after it */

#include "ssl_misc.h"
#include "ssl_tls13_keys.h"

#include <mbedtls/platform_util.h>
#include <string.h>

#include "tls/mbedtls/crypto/hkdf.h"
#include "tls/crypto/shortcuts.h"

extern const int mailtap_key_schedule_hook;
const int mailtap_key_schedule_hook = 1;

int mailtap_portable_evolve_secret(psa_algorithm_t hash_alg, const unsigned char *secret_old,
                                   const unsigned char *input, size_t input_len, unsigned char *secret_new);
int mailtap_portable_make_traffic_keys(psa_algorithm_t hash_alg, const unsigned char *client_secret, const unsigned char *server_secret,
                                       size_t secret_len, size_t key_len, size_t iv_len, mbedtls_ssl_key_set *keys);
int mailtap_portable_derive_handshake_secrets(psa_algorithm_t hash_alg, unsigned char const *handshake_secret,
                                              unsigned char const *transcript, size_t transcript_len,
                                              mbedtls_ssl_tls13_handshake_secrets *derived);
int mailtap_portable_derive_application_secrets(psa_algorithm_t hash_alg, unsigned char const *application_secret,
                                                unsigned char const *transcript, size_t transcript_len,
                                                mbedtls_ssl_tls13_application_secrets *derived);

static int takes_shortcut(void) {
  return mailtap_takes_shortcut(MAILTAP_SHORTCUT_KEY_SCHEDULE);
}

/* All at the same time, where that can be: a batch of lanes takes as long as two hashes. The secrets have the hash's size. */
static int expand_all(psa_algorithm_t hash_alg, const struct mailtap_expansion *expansions, size_t count) {
  int in_lanes = mailtap_hkdf_has_lanes(hash_alg);
  for (size_t i = 0; i < count; i++) in_lanes = in_lanes && mailtap_fits_lanes(&expansions[i]);
  if (in_lanes) {
    mailtap_expand_in_lanes(expansions, count);
    return 0;
  }
  for (size_t i = 0; i < count; i++) {
    const struct mailtap_expansion *const one = &expansions[i];
    const int failure = mbedtls_ssl_tls13_hkdf_expand_label(hash_alg, one->secret, PSA_HASH_LENGTH(hash_alg), one->label,
                                                            one->label_size, one->context, one->context_size, one->out, one->size);
    if (failure != 0) return failure;
  }
  return 0;
}

int mbedtls_ssl_tls13_make_traffic_keys(psa_algorithm_t hash_alg, const unsigned char *client_secret,
                                        const unsigned char *server_secret, size_t secret_len, size_t key_len,
                                        size_t iv_len, mbedtls_ssl_key_set *keys) {
  if (!takes_shortcut()) return mailtap_portable_make_traffic_keys(hash_alg, client_secret, server_secret, secret_len, key_len, iv_len, keys);
  const struct mailtap_expansion all[] = {
      {client_secret, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(key), NULL, 0, keys->client_write_key, key_len},
      {client_secret, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(iv), NULL, 0, keys->client_write_iv, iv_len},
      {server_secret, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(key), NULL, 0, keys->server_write_key, key_len},
      {server_secret, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(iv), NULL, 0, keys->server_write_iv, iv_len},
  };
  if (!PSA_ALG_IS_HASH(hash_alg) || secret_len != PSA_HASH_LENGTH(hash_alg)) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  const int failure = expand_all(hash_alg, all, 4);
  if (failure != 0) return failure;
  keys->key_len = key_len;
  keys->iv_len = iv_len;
  return 0;
}

int mbedtls_ssl_tls13_derive_handshake_secrets(psa_algorithm_t hash_alg, unsigned char const *handshake_secret,
                                               unsigned char const *transcript, size_t transcript_len,
                                               mbedtls_ssl_tls13_handshake_secrets *derived) {
  if (!takes_shortcut()) return mailtap_portable_derive_handshake_secrets(hash_alg, handshake_secret, transcript, transcript_len, derived);
  const size_t size = PSA_HASH_LENGTH(hash_alg);
  const struct mailtap_expansion all[] = {
      {handshake_secret, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(c_hs_traffic), transcript, transcript_len,
       derived->client_handshake_traffic_secret, size},
      {handshake_secret, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(s_hs_traffic), transcript, transcript_len,
       derived->server_handshake_traffic_secret, size},
  };
  if (!PSA_ALG_IS_HASH(hash_alg)) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  return expand_all(hash_alg, all, 2);
}

int mbedtls_ssl_tls13_derive_application_secrets(psa_algorithm_t hash_alg, unsigned char const *application_secret,
                                                 unsigned char const *transcript, size_t transcript_len,
                                                 mbedtls_ssl_tls13_application_secrets *derived) {
  if (!takes_shortcut()) return mailtap_portable_derive_application_secrets(hash_alg, application_secret, transcript, transcript_len, derived);
  const size_t size = PSA_HASH_LENGTH(hash_alg);
  const struct mailtap_expansion all[] = {
      {application_secret, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(c_ap_traffic), transcript, transcript_len,
       derived->client_application_traffic_secret_N, size},
      {application_secret, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(s_ap_traffic), transcript, transcript_len,
       derived->server_application_traffic_secret_N, size},
      {application_secret, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(exp_master), transcript, transcript_len,
       derived->exporter_master_secret, size},
  };
  if (!PSA_ALG_IS_HASH(hash_alg)) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  return expand_all(hash_alg, all, 3);
}

/* What SHA-384 makes of nothing; the Early Secret of a handshake without a pre-shared key; what "derived" is of it.
 * The same for everybody. */
static const unsigned char hash_of_nothing[MAILTAP_SHA384_SIZE] = {
    0x38, 0xb0, 0x60, 0xa7, 0x51, 0xac, 0x96, 0x38, 0x4c, 0xd9, 0x32, 0x7e, 0xb1, 0xb1, 0xe3, 0x6a,
    0x21, 0xfd, 0xb7, 0x11, 0x14, 0xbe, 0x07, 0x43, 0x4c, 0x0c, 0xc7, 0xbf, 0x63, 0xf6, 0xe1, 0xda,
    0x27, 0x4e, 0xde, 0xbf, 0xe7, 0x6f, 0x65, 0xfb, 0xd5, 0x1a, 0xd2, 0xf1, 0x48, 0x98, 0xb9, 0x5b,
};
static const unsigned char early_secret[MAILTAP_SHA384_SIZE] = {
    0x7e, 0xe8, 0x20, 0x6f, 0x55, 0x70, 0x02, 0x3e, 0x6d, 0xc7, 0x51, 0x9e, 0xb1, 0x07, 0x3b, 0xc4,
    0xe7, 0x91, 0xad, 0x37, 0xb5, 0xc3, 0x82, 0xaa, 0x10, 0xba, 0x18, 0xe2, 0x35, 0x7e, 0x71, 0x69,
    0x71, 0xf9, 0x36, 0x2f, 0x2c, 0x2f, 0xe2, 0xa7, 0x6b, 0xfd, 0x78, 0xdf, 0xec, 0x4e, 0xa9, 0xb5,
};
static const unsigned char derived_of_early_secret[MAILTAP_SHA384_SIZE] = {
    0x15, 0x91, 0xda, 0xc5, 0xcb, 0xbf, 0x03, 0x30, 0xa4, 0xa8, 0x4d, 0xe9, 0xc7, 0x53, 0x33, 0x0e,
    0x92, 0xd0, 0x1f, 0x0a, 0x88, 0x21, 0x4b, 0x44, 0x64, 0x97, 0x2f, 0xd6, 0x68, 0x04, 0x9e, 0x93,
    0xe5, 0x2f, 0x2b, 0x16, 0xfa, 0xd9, 0x22, 0xfd, 0xc0, 0x58, 0x44, 0x78, 0x42, 0x8f, 0x28, 0x2b,
};

/* The next of Early, Handshake and Master Secret. No old one: it is the first; no input: zeros. */
int mbedtls_ssl_tls13_evolve_secret(psa_algorithm_t hash_alg, const unsigned char *secret_old, const unsigned char *input,
                                    size_t input_len, unsigned char *secret_new) {
  if (hash_alg != PSA_ALG_SHA_384 || !takes_shortcut())
    return mailtap_portable_evolve_secret(hash_alg, secret_old, input, input_len, secret_new);
  static const unsigned char zeros[MAILTAP_SHA384_SIZE] = {0};
  const int has_input = input != NULL && input_len != 0;
  if (secret_old == NULL && !has_input) {
    memcpy(secret_new, early_secret, MAILTAP_SHA384_SIZE);
    return 0;
  }
  unsigned char salt[MAILTAP_SHA384_SIZE] = {0};
  int failure = 0;
  if (secret_old != NULL && memcmp(secret_old, early_secret, MAILTAP_SHA384_SIZE) == 0)
    memcpy(salt, derived_of_early_secret, MAILTAP_SHA384_SIZE);
  else if (secret_old != NULL)
    failure = mbedtls_ssl_tls13_hkdf_expand_label(hash_alg, secret_old, MAILTAP_SHA384_SIZE,
                                                  MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(derived), hash_of_nothing,
                                                  MAILTAP_SHA384_SIZE, salt, MAILTAP_SHA384_SIZE);
  if (failure == 0)
    failure = mailtap_hkdf_extract_sha384(salt, has_input ? input : zeros, has_input ? input_len : MAILTAP_SHA384_SIZE, secret_new);
  mbedtls_platform_zeroize(salt, sizeof(salt));
  return failure;
}
