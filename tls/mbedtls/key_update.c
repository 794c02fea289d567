/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

#include "tls/mbedtls/key_update.h"

#include <mbedtls/platform_util.h>
#include <string.h>

#include "ssl_tls13_keys.h"
#include "tls/mbedtls/limits.h"

enum { header_size = 4, update_not_requested = 0, update_requested = 1, flush_now = 1 };

/* RFC 8446 section 5.5: 2^24.5 records of full size for AES-GCM; ChaCha20-Poly1305's counter ends first. */
static const uint64_t max_records_of_gcm = (uint64_t) 1 << 24;

static int refuse(mbedtls_ssl_context *ssl, unsigned char alert, int code) {
  MBEDTLS_SSL_PEND_FATAL_ALERT(alert, code);
  return code;
}

/* The secret, key and nonce that come after those of one direction (RFC 8446 sections 7.2 and 7.3). */
int mailtap_go_on_with_next_key(mbedtls_ssl_context *ssl, int outgoing) {
  const mbedtls_ssl_ciphersuite_t *const suite = mbedtls_ssl_ciphersuite_from_id(ssl->session->ciphersuite);
  if (suite == NULL || ssl->transform_application == NULL) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  const psa_algorithm_t hash = mbedtls_md_psa_alg_from_type((mbedtls_md_type_t) suite->mac);
  const size_t size = PSA_HASH_LENGTH(hash);
  mbedtls_ssl_tls13_application_secrets *const secrets = &ssl->session->app_secrets;
  const int is_client = (ssl->conf->endpoint == MBEDTLS_SSL_IS_CLIENT) == (outgoing != 0);
  unsigned char *const secret =
      is_client ? secrets->client_application_traffic_secret_N : secrets->server_application_traffic_secret_N;
  mbedtls_ssl_transform *const transform = ssl->transform_application;
  mbedtls_cipher_context_t *const cipher = outgoing ? &transform->cipher_ctx_enc : &transform->cipher_ctx_dec;
  const int key_bits = mbedtls_cipher_get_key_bitlen(cipher);

  unsigned char next[MBEDTLS_TLS1_3_MD_MAX_SIZE];
  unsigned char key[32];
  int failure = key_bits > 0 && key_bits / 8 <= (int) sizeof(key) ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  if (failure == 0)
    failure = mbedtls_ssl_tls13_hkdf_expand_label(hash, secret, size, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(traffic_upd), NULL, 0,
                                                  next, size);
  if (failure == 0)
    failure = mbedtls_ssl_tls13_hkdf_expand_label(hash, next, size, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(key), NULL, 0, key,
                                                  (size_t) key_bits / 8);
  if (failure == 0)
    failure = mbedtls_ssl_tls13_hkdf_expand_label(hash, next, size, MBEDTLS_SSL_TLS1_3_LBL_WITH_LEN(iv), NULL, 0,
                                                  outgoing ? transform->iv_enc : transform->iv_dec, transform->ivlen);
  if (failure == 0)
    failure = mbedtls_cipher_setkey(cipher, key, key_bits, outgoing ? MBEDTLS_ENCRYPT : MBEDTLS_DECRYPT);
  if (failure == 0) {
    memcpy(secret, next, size);
    memset(outgoing ? ssl->cur_out_ctr : ssl->in_ctr, 0, MBEDTLS_SSL_SEQUENCE_NUMBER_LEN);
  }
  mbedtls_platform_zeroize(next, sizeof(next));
  mbedtls_platform_zeroize(key, sizeof(key));
  return failure;
}

int mailtap_take_key_update(mbedtls_ssl_context *ssl) {
  if (ssl->in_hslen != header_size + 1) return refuse(ssl, MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR, MBEDTLS_ERR_SSL_DECODE_ERROR);
  const unsigned char request = ssl->in_msg[header_size];
  if (request != update_not_requested && request != update_requested)
    return refuse(ssl, MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER, MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER);
  /* No record has messages of two keys (RFC 8446 section 5.1). */
  if (ssl->in_msglen != ssl->in_hslen || ++ssl->mailtap.key_updates > MAILTAP_MAX_KEY_UPDATES)
    return refuse(ssl, MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE, MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE);
  if (request == update_requested) ssl->mailtap.owes_key_update = 1;
  return mailtap_go_on_with_next_key(ssl, 0);
}

static int is_key_used_up(const mbedtls_ssl_context *ssl) {
  uint64_t most = ssl->mailtap.records_per_key;
  if (most == 0) {
    if (mbedtls_cipher_get_cipher_mode(&ssl->transform_out->cipher_ctx_enc) != MBEDTLS_MODE_GCM) return 0;
    most = max_records_of_gcm;
  }
  /* The KeyUpdate itself is the last. */
  return MBEDTLS_GET_UINT64_BE(ssl->cur_out_ctr, 0) + 1 >= most;
}

int mailtap_renew_own_key(mbedtls_ssl_context *ssl) {
  if (ssl->tls_version != MBEDTLS_SSL_VERSION_TLS1_3 || ssl->transform_out == NULL ||
      ssl->transform_out != ssl->transform_application || ssl->out_left != 0)
    return 0;
  if (!ssl->mailtap.owes_key_update && !is_key_used_up(ssl)) return 0;
  ssl->mailtap.owes_key_update = 0;
  ssl->out_msgtype = MBEDTLS_SSL_MSG_HANDSHAKE;
  ssl->out_msglen = header_size + 1;
  memcpy(ssl->out_msg, (const unsigned char[]) {MAILTAP_HS_KEY_UPDATE, 0, 0, 1, update_not_requested}, header_size + 1);
  const int failure = mbedtls_ssl_write_record(ssl, flush_now);
  return failure != 0 ? failure : mailtap_go_on_with_next_key(ssl, 1);
}
