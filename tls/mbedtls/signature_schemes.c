/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

#include "tls/mbedtls/signature_schemes.h"

#include <mbedtls/md.h>
#include <mbedtls/platform.h>
#include <string.h>

#include "pk_internal.h"
#include "tls/mbedtls/foreign_key.h"
#include "tls/mbedtls/handshake_transcript.h"

enum key_kind { RSA, RSA_PSS_KEY, EC, EC_OF_TLS13, ED25519, ED448 };

struct scheme {
  uint16_t code;
  enum key_kind key;
  enum mailtap_padding padding;
  mbedtls_md_type_t hash;
  mbedtls_ecp_group_id group; /* under TLS 1.3 */
};

static const struct scheme schemes[] = {
    {0x0201, RSA, MAILTAP_PADDING_PKCS1, MBEDTLS_MD_SHA1, MBEDTLS_ECP_DP_NONE},
    {0x0203, EC, MAILTAP_PADDING_NONE, MBEDTLS_MD_SHA1, MBEDTLS_ECP_DP_NONE},
    {0x0301, RSA, MAILTAP_PADDING_PKCS1, MBEDTLS_MD_SHA224, MBEDTLS_ECP_DP_NONE},
    {0x0303, EC, MAILTAP_PADDING_NONE, MBEDTLS_MD_SHA224, MBEDTLS_ECP_DP_NONE},
    {0x0401, RSA, MAILTAP_PADDING_PKCS1, MBEDTLS_MD_SHA256, MBEDTLS_ECP_DP_NONE},
    {0x0403, EC, MAILTAP_PADDING_NONE, MBEDTLS_MD_SHA256, MBEDTLS_ECP_DP_SECP256R1},
    {0x0501, RSA, MAILTAP_PADDING_PKCS1, MBEDTLS_MD_SHA384, MBEDTLS_ECP_DP_NONE},
    {0x0503, EC, MAILTAP_PADDING_NONE, MBEDTLS_MD_SHA384, MBEDTLS_ECP_DP_SECP384R1},
    {0x0601, RSA, MAILTAP_PADDING_PKCS1, MBEDTLS_MD_SHA512, MBEDTLS_ECP_DP_NONE},
    {0x0603, EC, MAILTAP_PADDING_NONE, MBEDTLS_MD_SHA512, MBEDTLS_ECP_DP_SECP521R1},
    {0x0804, RSA, MAILTAP_PADDING_PSS, MBEDTLS_MD_SHA256, MBEDTLS_ECP_DP_NONE},
    {0x0805, RSA, MAILTAP_PADDING_PSS, MBEDTLS_MD_SHA384, MBEDTLS_ECP_DP_NONE},
    {0x0806, RSA, MAILTAP_PADDING_PSS, MBEDTLS_MD_SHA512, MBEDTLS_ECP_DP_NONE},
    {0x0807, ED25519, MAILTAP_PADDING_NONE, MBEDTLS_MD_NONE, MBEDTLS_ECP_DP_NONE},
    {0x0808, ED448, MAILTAP_PADDING_NONE, MBEDTLS_MD_NONE, MBEDTLS_ECP_DP_NONE},
    {0x0809, RSA_PSS_KEY, MAILTAP_PADDING_PSS, MBEDTLS_MD_SHA256, MBEDTLS_ECP_DP_NONE},
    {0x080A, RSA_PSS_KEY, MAILTAP_PADDING_PSS, MBEDTLS_MD_SHA384, MBEDTLS_ECP_DP_NONE},
    {0x080B, RSA_PSS_KEY, MAILTAP_PADDING_PSS, MBEDTLS_MD_SHA512, MBEDTLS_ECP_DP_NONE},
    {0x081A, EC_OF_TLS13, MAILTAP_PADDING_NONE, MBEDTLS_MD_SHA256, MBEDTLS_ECP_DP_BP256R1},
    {0x081B, EC_OF_TLS13, MAILTAP_PADDING_NONE, MBEDTLS_MD_SHA384, MBEDTLS_ECP_DP_BP384R1},
    {0x081C, EC_OF_TLS13, MAILTAP_PADDING_NONE, MBEDTLS_MD_SHA512, MBEDTLS_ECP_DP_BP512R1},
};

static const struct scheme* find(uint16_t code) {
  for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); ++i)
    if (schemes[i].code == code) return &schemes[i];
  return NULL;
}

static int has_short_hash(const struct scheme* scheme) {
  return scheme->hash == MBEDTLS_MD_SHA1 || scheme->hash == MBEDTLS_MD_SHA224;
}

static int is_of_tls13(const struct scheme* scheme) {
  return scheme->padding != MAILTAP_PADDING_PKCS1 && !has_short_hash(scheme);
}

int mailtap_may_offer(uint16_t code, mbedtls_ssl_protocol_version oldest,
                      mbedtls_ssl_protocol_version newest) {
  const struct scheme* const scheme = find(code);
  if (scheme == NULL) return 0;
  if (has_short_hash(scheme)) return oldest <= MBEDTLS_SSL_VERSION_TLS1_2;
  return scheme->key != EC_OF_TLS13 || newest >= MBEDTLS_SSL_VERSION_TLS1_3;
}

int mailtap_scheme_fits(const mbedtls_pk_context* key, uint16_t code, mbedtls_ssl_protocol_version version) {
  const struct scheme* const scheme = find(code);
  const int in_tls13 = version == MBEDTLS_SSL_VERSION_TLS1_3;
  if (scheme == NULL || (in_tls13 && !is_of_tls13(scheme)) || (!in_tls13 && scheme->key == EC_OF_TLS13))
    return 0;
  const int is_ec =
      mbedtls_pk_get_type(key) == MBEDTLS_PK_ECKEY || mbedtls_pk_get_type(key) == MBEDTLS_PK_ECDSA;
  switch (mailtap_foreign_kind_of(key)) {
    case MAILTAP_FOREIGN_RSA: return scheme->key == RSA;
    case MAILTAP_FOREIGN_RSA_PSS:
      return scheme->key == RSA_PSS_KEY && mailtap_foreign_takes(key, scheme->padding, scheme->hash);
    case MAILTAP_FOREIGN_ED25519: return scheme->key == ED25519;
    case MAILTAP_FOREIGN_ED448: return scheme->key == ED448;
    case MAILTAP_FOREIGN_UNKNOWN: return 0;
    case MAILTAP_FOREIGN_NONE: break;
  }
  if (is_ec)
    return (scheme->key == EC || scheme->key == EC_OF_TLS13) &&
           (!in_tls13 || mbedtls_pk_get_ec_group_id(key) == scheme->group);
  return scheme->key == RSA && mbedtls_pk_can_do(key, MBEDTLS_PK_RSA);
}

int mailtap_signs(const mbedtls_pk_context* key, uint16_t code, mbedtls_ssl_protocol_version version) {
  const struct scheme* const scheme = find(code);
  if (scheme == NULL) return 0;
  if (mailtap_foreign_kind_of(key) != MAILTAP_FOREIGN_NONE) return 1;
  if (version == MBEDTLS_SSL_VERSION_TLS1_2 && scheme->padding == MAILTAP_PADDING_PSS) return 1;
  return (scheme->key != RSA && scheme->key != EC) ||
         (version == MBEDTLS_SSL_VERSION_TLS1_3 && mbedtls_pk_get_type(key) == MBEDTLS_PK_ECKEY &&
          mbedtls_pk_get_ec_group_id(key) != scheme->group);
}

/* mbedTLS's own keys. */
static int hash_message(const struct scheme* scheme, const unsigned char* message, size_t size,
                        unsigned char* hash, size_t* hash_size) {
  const mbedtls_md_info_t* const info = mbedtls_md_info_from_type(scheme->hash);
  if (info == NULL) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  *hash_size = mbedtls_md_get_size(info);
  return mbedtls_md(info, message, size, hash);
}

int mailtap_verify(mbedtls_pk_context* key, uint16_t code, const unsigned char* message, size_t message_size,
                   const unsigned char* signature, size_t signature_size) {
  const struct scheme* const scheme = find(code);
  if (mailtap_foreign_kind_of(key) != MAILTAP_FOREIGN_NONE)
    return mailtap_foreign_verify(key, scheme->padding, scheme->hash, message, message_size, signature,
                                  signature_size);
  unsigned char hash[MBEDTLS_MD_MAX_SIZE];
  size_t hash_size = 0;
  const int failure = hash_message(scheme, message, message_size, hash, &hash_size);
  if (failure != 0) return failure;
  if (scheme->padding != MAILTAP_PADDING_PSS)
    return mbedtls_pk_verify(key, scheme->hash, hash, hash_size, signature, signature_size);
  const mbedtls_pk_rsassa_pss_options options = {.mgf1_hash_id = scheme->hash,
                                                 .expected_salt_len = (int)hash_size};
  return mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &options, key, scheme->hash, hash, hash_size, signature,
                               signature_size);
}

int mailtap_sign(mbedtls_ssl_context* ssl, mbedtls_pk_context* key, uint16_t code,
                 const unsigned char* message, size_t message_size, unsigned char* signature, size_t room,
                 size_t* size) {
  const struct scheme* const scheme = find(code);
  if (mailtap_foreign_kind_of(key) != MAILTAP_FOREIGN_NONE)
    return mailtap_foreign_sign(key, scheme->padding, scheme->hash, message, message_size, signature, room,
                                size);
  unsigned char hash[MBEDTLS_MD_MAX_SIZE];
  size_t hash_size = 0;
  const int failure = hash_message(scheme, message, message_size, hash, &hash_size);
  if (failure != 0) return failure;
  const mbedtls_pk_type_t type =
      scheme->padding == MAILTAP_PADDING_PSS ? MBEDTLS_PK_RSASSA_PSS : mbedtls_pk_get_type(key);
  return mbedtls_pk_sign_ext(type == MBEDTLS_PK_ECKEY ? MBEDTLS_PK_ECDSA : type, key, scheme->hash, hash,
                             hash_size, signature, room, size, ssl->conf->f_rng, ssl->conf->p_rng);
}

/* --- TLS 1.2 --- */

int mailtap_key_fits_suite(const mbedtls_pk_context* key, mbedtls_pk_type_t suite_key,
                           mbedtls_key_exchange_type_t exchange) {
  switch (mailtap_foreign_kind_of(key)) {
    case MAILTAP_FOREIGN_NONE: return mbedtls_pk_can_do(key, suite_key);
    case MAILTAP_FOREIGN_ED25519:
    case MAILTAP_FOREIGN_ED448: return suite_key == MBEDTLS_PK_ECDSA; /* RFC 8422 section 5.10 */
    case MAILTAP_FOREIGN_UNKNOWN: return 0;
    default:
      return suite_key == MBEDTLS_PK_RSA && exchange != MBEDTLS_KEY_EXCHANGE_RSA; /* it doesn't decrypt */
  }
}

static const mbedtls_pk_context* picked_key(const mbedtls_ssl_context* ssl) {
  const mbedtls_ssl_key_cert* const picked =
      ssl->handshake->key_cert != NULL ? ssl->handshake->key_cert : ssl->conf->key_cert;
  return picked == NULL ? NULL : picked->key;
}

uint16_t mailtap_tls12_scheme(const mbedtls_ssl_context* ssl) {
  const mbedtls_pk_context* const key = picked_key(ssl);
  if (key == NULL) return 0;
  const int is_foreign = mailtap_foreign_kind_of(key) != MAILTAP_FOREIGN_NONE;
  uint16_t found = 0;
  for (const uint16_t* code = ssl->handshake->received_sig_algs; *code != MBEDTLS_TLS_SIG_NONE; ++code) {
    const struct scheme* const scheme = find(*code);
    if (scheme == NULL || !mailtap_scheme_fits(key, *code, MBEDTLS_SSL_VERSION_TLS1_2)) continue;
    if (!is_foreign && scheme->padding != MAILTAP_PADDING_PSS) return 0; /* mbedTLS can */
    if (found == 0) found = *code;
  }
  return found;
}

int mailtap_tls12_can_sign(mbedtls_ssl_context* ssl, mbedtls_pk_type_t suite_signature) {
  if (mailtap_tls12_scheme(ssl) != 0) return 1;
  const mbedtls_pk_context* const key = picked_key(ssl);
  if (key != NULL && mailtap_foreign_kind_of(key) != MAILTAP_FOREIGN_NONE) return 0;
  return mbedtls_ssl_tls12_get_preferred_hash_for_sig_alg(
             ssl, mbedtls_ssl_sig_from_pk_alg(suite_signature)) != MBEDTLS_SSL_HASH_NONE;
}

/* What ServerKeyExchange's signature is over (RFC 5246 section 7.4.3): both randoms and the parameters. To be
 * freed. */
static unsigned char* signed_message(const mbedtls_ssl_context* ssl, const unsigned char* parameters,
                                     size_t size) {
  unsigned char* const message = mbedtls_calloc(1, 64 + size);
  if (message == NULL) return NULL;
  memcpy(message, ssl->handshake->randbytes, 64);
  memcpy(message + 64, parameters, size);
  return message;
}

int mailtap_sign_server_key_exchange(mbedtls_ssl_context* ssl, uint16_t scheme,
                                     const unsigned char* parameters, size_t parameters_size,
                                     size_t out_buffer_size, size_t* signature_size) {
  unsigned char* const message = signed_message(ssl, parameters, parameters_size);
  if (message == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  MBEDTLS_PUT_UINT16_BE(scheme, ssl->out_msg, ssl->out_msglen);
  ssl->out_msglen += 2;
  const int failure =
      mailtap_sign(ssl, (mbedtls_pk_context*)picked_key(ssl), scheme, message, 64 + parameters_size,
                   ssl->out_msg + ssl->out_msglen + 2, out_buffer_size - ssl->out_msglen - 2, signature_size);
  mbedtls_free(message);
  return failure;
}

static int refuse(mbedtls_ssl_context* ssl, unsigned char alert, int code) {
  mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert);
  return code;
}

int mailtap_verify_server_key_exchange(mbedtls_ssl_context* ssl, mbedtls_pk_context* key, uint16_t scheme,
                                       const unsigned char* parameters, size_t parameters_size,
                                       const unsigned char* at, const unsigned char* end) {
  if (mailtap_foreign_kind_of(key) == MAILTAP_FOREIGN_UNKNOWN)
    return refuse(ssl, MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT, MBEDTLS_ERR_PK_UNKNOWN_PK_ALG);
  if (!mbedtls_ssl_sig_alg_is_offered(ssl, scheme) ||
      !mailtap_scheme_fits(key, scheme, MBEDTLS_SSL_VERSION_TLS1_2))
    return refuse(ssl, MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER, MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER);
  if (end - at < 2 || end - at - 2 != MBEDTLS_GET_UINT16_BE(at, 0))
    return refuse(ssl, MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR, MBEDTLS_ERR_SSL_DECODE_ERROR);
  unsigned char* const message = signed_message(ssl, parameters, parameters_size);
  if (message == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  const int failure =
      mailtap_verify(key, scheme, message, 64 + parameters_size, at + 2, (size_t)(end - at - 2));
  mbedtls_free(message);
  return failure == 0 ? 0
                      : refuse(ssl, MBEDTLS_SSL_ALERT_MSG_DECRYPT_ERROR, MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE);
}

/* --- CertificateVerify, in both versions --- */

static int verify(mbedtls_ssl_context* ssl, mbedtls_pk_context* key, uint16_t scheme,
                  mbedtls_ssl_protocol_version version, const unsigned char* at, const unsigned char* end,
                  const unsigned char* content, size_t content_size) {
  if (mailtap_foreign_kind_of(key) == MAILTAP_FOREIGN_UNKNOWN) {
    MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT, MBEDTLS_ERR_PK_UNKNOWN_PK_ALG);
    return MBEDTLS_ERR_PK_UNKNOWN_PK_ALG;
  }
  if (!mailtap_scheme_fits(key, scheme, version)) {
    MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER, MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER);
    return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
  }
  if (end - at < 2 || end - at - 2 != MBEDTLS_GET_UINT16_BE(at, 0)) {
    MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR, MBEDTLS_ERR_SSL_DECODE_ERROR);
    return MBEDTLS_ERR_SSL_DECODE_ERROR;
  }
  if (mailtap_verify(key, scheme, content, content_size, at + 2, MBEDTLS_GET_UINT16_BE(at, 0)) == 0) return 0;
  MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_DECRYPT_ERROR, MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE);
  return MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE;
}

int mailtap_verify_certificate_verify(mbedtls_ssl_context* ssl, mbedtls_pk_context* key, uint16_t scheme,
                                      const unsigned char* at, const unsigned char* end,
                                      const unsigned char* content, size_t content_size) {
  return verify(ssl, key, scheme, MBEDTLS_SSL_VERSION_TLS1_3, at, end, content, content_size);
}

int mailtap_verify_client_signature(mbedtls_ssl_context* ssl, mbedtls_pk_context* key, const unsigned char* at,
                                    const unsigned char* end) {
  struct mailtap_transcript* const messages = &ssl->handshake->transcript;
  const uint16_t scheme = MBEDTLS_GET_UINT16_BE(at, 0);
  const int failure = mbedtls_ssl_sig_alg_is_offered(ssl, scheme)
                          ? verify(ssl, key, scheme, MBEDTLS_SSL_VERSION_TLS1_2, at + 2, end, messages->bytes,
                                   messages->size)
                          : MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
  mailtap_forget_handshake(messages);
  return failure;
}
