/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

#include <mbedtls/platform.h>
#include <string.h>

#include "tls/mbedtls/client_certificate.h"
#include "tls/mbedtls/foreign_key.h"
#include "tls/mbedtls/handshake_transcript.h"
#include "tls/mbedtls/signature_schemes.h"

struct mailtap_hashes {
  mbedtls_md_context_t sha1, sha224, sha512;
};

void mailtap_free_hashes(struct mailtap_hashes* hashes) {
  if (hashes == NULL) return;
  mbedtls_md_free(&hashes->sha1);
  mbedtls_md_free(&hashes->sha224);
  mbedtls_md_free(&hashes->sha512);
  mbedtls_free(hashes);
}

static int begin(mbedtls_md_context_t* hash, mbedtls_md_type_t type) {
  mbedtls_md_init(hash);
  const int failure = mbedtls_md_setup(hash, mbedtls_md_info_from_type(type), 0);
  return failure != 0 ? failure : mbedtls_md_starts(hash);
}

static int update_all(mbedtls_ssl_context* ssl, const unsigned char* bytes, size_t size) {
  mbedtls_ssl_handshake_params* const handshake = ssl->handshake;
  int failure = mbedtls_md_update(&handshake->fin_sha256, bytes, size);
  if (failure == 0) failure = mbedtls_md_update(&handshake->fin_sha384, bytes, size);
  if (failure == 0) failure = mbedtls_md_update(&handshake->mailtap_hashes->sha1, bytes, size);
  if (failure == 0) failure = mbedtls_md_update(&handshake->mailtap_hashes->sha224, bytes, size);
  if (failure == 0) failure = mbedtls_md_update(&handshake->mailtap_hashes->sha512, bytes, size);
  return failure != 0 ? failure : mailtap_keep_handshake(ssl, bytes, size);
}

int mailtap_begin_hashes(mbedtls_ssl_context* ssl) {
  if (ssl->conf->endpoint != MBEDTLS_SSL_IS_CLIENT || ssl->conf->key_cert == NULL) return 0;
  struct mailtap_hashes* const hashes = mbedtls_calloc(1, sizeof(*hashes));
  if (hashes == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  ssl->handshake->mailtap_hashes = hashes;
  ssl->handshake->update_checksum = update_all;
  int failure = begin(&hashes->sha1, MBEDTLS_MD_SHA1);
  if (failure == 0) failure = begin(&hashes->sha224, MBEDTLS_MD_SHA224);
  return failure != 0 ? failure : begin(&hashes->sha512, MBEDTLS_MD_SHA512);
}

int mailtap_needs_all_hashes(mbedtls_ssl_context* ssl) {
  if (ssl->handshake->mailtap_hashes == NULL) return 0;
  if (ssl->tls_version != MBEDTLS_SSL_VERSION_TLS1_3) return 1;
  mailtap_free_hashes(ssl->handshake->mailtap_hashes);
  ssl->handshake->mailtap_hashes = NULL;
  mailtap_forget_handshake(&ssl->handshake->transcript);
  return 0;
}

/* --- what was asked ------------------------------------------------------------------------------------- */

static void answer_with(mbedtls_ssl_context* ssl, int can_sign) {
  static mbedtls_ssl_key_cert none;
  if (!can_sign) ssl->handshake->key_cert = &none; /* mbedTLS finds no certificate there */
  ssl->mailtap_certificates.requests++;
  ssl->mailtap_certificates.is_shown = mbedtls_ssl_own_cert(ssl) != NULL;
  ssl->mailtap_certificates.is_unfit = ssl->conf->key_cert != NULL && !can_sign;
}

/* By the scheme's number (IANA, "TLS SignatureScheme"), which before TLS 1.3 is a hash and a signature. */
static unsigned char kind_of_scheme(uint16_t scheme) {
  switch (scheme) {
    case 0x0804: case 0x0805: case 0x0806: /* rsa_pss_rsae */
    case 0x0809: case 0x080A: case 0x080B: /* rsa_pss_pss */
      return mailtap_wants_rsa;
    case 0x0807: case 0x0808: return mailtap_wants_eddsa;
    case 0x081A: case 0x081B: case 0x081C: return mailtap_wants_ecdsa; /* brainpool's of TLS 1.3 */
    default: break;
  }
  switch (scheme & 0xFF) {
    case MBEDTLS_SSL_SIG_RSA: return mailtap_wants_rsa;
    case MBEDTLS_SSL_SIG_ECDSA: return mailtap_wants_ecdsa;
    default: return 0;
  }
}

static int is_listed(const unsigned char* algorithms, size_t size, const unsigned char* algorithm) {
  for (size_t i = 0; i + 1 < size; i += 2)
    if (algorithms[i] == algorithm[0] && algorithms[i + 1] == algorithm[1]) return 1;
  return 0;
}

static int choose_foreign_signature(mbedtls_ssl_context* ssl, const unsigned char* algorithms, size_t size) {
  for (size_t i = 0; i + 1 < size; i += 2) {
    if (!mailtap_scheme_fits(ssl->conf->key_cert->key, MBEDTLS_GET_UINT16_BE(algorithms, i), MBEDTLS_SSL_VERSION_TLS1_2)) continue;
    memcpy(ssl->mailtap_certificates.signature, algorithms + i, 2);
    return 1;
  }
  return 0;
}

/* SHA-256 first, for who is asked for several; for a larger curve a hash of its size. RSASSA-PSS (RFC 8446
 * section 4.2.3) where a server wants nothing else. */
static int choose_tls12_signature(mbedtls_ssl_context* ssl, const unsigned char* algorithms, size_t size) {
  static const unsigned char for_rsa[][2] = {{4, 1}, {5, 1}, {6, 1}, {8, 4}, {8, 5}, {8, 6}, {3, 1}, {2, 1}};
  static const unsigned char for_curves[][2] = {{4, 3}, {5, 3}, {6, 3}, {3, 3}, {2, 3}};
  static const unsigned char for_large_curves[][2] = {{5, 3}, {6, 3}, {4, 3}, {3, 3}, {2, 3}};
  mbedtls_pk_context* const key = ssl->conf->key_cert->key;
  if (mailtap_foreign_kind_of(key) != MAILTAP_FOREIGN_NONE) return choose_foreign_signature(ssl, algorithms, size);
  const unsigned char(*known)[2];
  size_t count;
  switch (mbedtls_ssl_sig_from_pk(key)) {
    case MBEDTLS_SSL_SIG_RSA:
      known = for_rsa;
      count = sizeof(for_rsa) / 2;
      break;
    case MBEDTLS_SSL_SIG_ECDSA:
      known = mbedtls_pk_get_bitlen(key) > 256 ? for_large_curves : for_curves;
      count = sizeof(for_curves) / 2;
      break;
    default: return 0;
  }
  for (size_t i = 0; i < count; ++i) {
    if (size != 0 && !is_listed(algorithms, size, known[i])) continue;
    memcpy(ssl->mailtap_certificates.signature, known[i], 2);
    return 1;
  }
  return 0;
}

void mailtap_certificate_requested_tls12(mbedtls_ssl_context* ssl, const unsigned char* algorithms,
                                         size_t size) {
  unsigned char kinds = 0;
  for (size_t i = 0; i + 1 < size; i += 2) kinds |= kind_of_scheme(MBEDTLS_GET_UINT16_BE(algorithms, i));
  ssl->mailtap_certificates.wanted_kinds = kinds;
  answer_with(ssl, ssl->conf->key_cert != NULL && choose_tls12_signature(ssl, algorithms, size));
}

void mailtap_certificate_requested_tls13(mbedtls_ssl_context* ssl) {
  mbedtls_pk_context* const key = mbedtls_ssl_own_key(ssl);
  int can_sign = 0;
  ssl->mailtap_certificates.wanted_kinds = 0;
  for (const uint16_t* algorithm = ssl->handshake->received_sig_algs; *algorithm != MBEDTLS_TLS1_3_SIG_NONE;
       ++algorithm) {
    /* RSASSA-PKCS1-v1_5 is listed for certificates alone (RFC 8446 section 4.2.3). */
    if ((*algorithm & 0xFF) != MBEDTLS_SSL_SIG_RSA) ssl->mailtap_certificates.wanted_kinds |= kind_of_scheme(*algorithm);
    if (key != NULL)
      can_sign |= mbedtls_ssl_sig_alg_is_offered(ssl, *algorithm) &&
                  mbedtls_ssl_tls13_sig_alg_for_cert_verify_is_supported(*algorithm) &&
                  mbedtls_ssl_tls13_check_sig_alg_cert_key_match(*algorithm, key);
  }
  answer_with(ssl, can_sign);
}

/* --- what is signed ------------------------------------------------------------------------------------- */

static const mbedtls_md_context_t* hash_of(const mbedtls_ssl_handshake_params* handshake,
                                           mbedtls_md_type_t type) {
  switch (type) {
    case MBEDTLS_MD_SHA1: return &handshake->mailtap_hashes->sha1;
    case MBEDTLS_MD_SHA224: return &handshake->mailtap_hashes->sha224;
    case MBEDTLS_MD_SHA384: return &handshake->fin_sha384;
    case MBEDTLS_MD_SHA512: return &handshake->mailtap_hashes->sha512;
    default: return &handshake->fin_sha256;
  }
}

static int hash_messages(const mbedtls_ssl_handshake_params* handshake, mbedtls_md_type_t type,
                         unsigned char* hash) {
  mbedtls_md_context_t copy;
  mbedtls_md_init(&copy);
  int failure = mbedtls_md_setup(&copy, mbedtls_md_info_from_type(type), 0);
  if (failure == 0) failure = mbedtls_md_clone(&copy, hash_of(handshake, type));
  if (failure == 0) failure = mbedtls_md_finish(&copy, hash);
  mbedtls_md_free(&copy);
  return failure;
}

/* struct { SignatureAndHashAlgorithm algorithm; opaque signature<0..2^16-1>; } after the message's header. */
int mailtap_write_certificate_verify(mbedtls_ssl_context* ssl) {
  enum { header = 4, before_signature = header + 4 };
  const unsigned char* const algorithm = ssl->mailtap_certificates.signature;
  const int is_pss = algorithm[0] == 8;
  const mbedtls_md_type_t type = mbedtls_ssl_md_alg_from_hash(is_pss ? (unsigned char)(algorithm[1])
                                                                     : algorithm[0]); /* 4, 5 and 6 in both */
  mbedtls_pk_context* const key = mbedtls_ssl_own_key(ssl);
  const int is_foreign = mailtap_foreign_kind_of(key) != MAILTAP_FOREIGN_NONE;
  const struct mailtap_transcript* const messages = &ssl->handshake->transcript;
  const size_t room = ssl->out_buf_len - (size_t)(ssl->out_msg - ssl->out_buf) - before_signature;
  unsigned char hash[MBEDTLS_MD_MAX_SIZE];
  size_t size = 0;
  int failure = is_foreign ? mailtap_sign(ssl, key, MBEDTLS_GET_UINT16_BE(algorithm, 0), messages->bytes, messages->size,
                                          ssl->out_msg + before_signature, room, &size)
                           : hash_messages(ssl->handshake, type, hash);
  if (failure == 0 && !is_foreign)
    failure = mbedtls_pk_sign_ext(is_pss                                       ? MBEDTLS_PK_RSASSA_PSS
                                  : mbedtls_pk_get_type(key) == MBEDTLS_PK_RSA ? MBEDTLS_PK_RSA
                                                                               : MBEDTLS_PK_ECDSA,
                                  key, type, hash, mbedtls_md_get_size(mbedtls_md_info_from_type(type)),
                                  ssl->out_msg + before_signature, room, &size, ssl->conf->f_rng, ssl->conf->p_rng);
  if (failure != 0) return failure;
  memcpy(ssl->out_msg + header, algorithm, 2);
  MBEDTLS_PUT_UINT16_BE(size, ssl->out_msg, header + 2);
  ssl->out_msglen = before_signature + size;
  ssl->out_msgtype = MBEDTLS_SSL_MSG_HANDSHAKE;
  ssl->out_msg[0] = MBEDTLS_SSL_HS_CERTIFICATE_VERIFY;
  mbedtls_ssl_handshake_increment_state(ssl);
  return mbedtls_ssl_write_handshake_msg(ssl);
}
