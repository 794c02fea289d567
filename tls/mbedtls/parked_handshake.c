/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

#include "tls/mbedtls/parked_handshake.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <string.h>

#include "tls/crypto/shortcuts.h"

enum {
  words = sizeof(mbedtls_ssl_handshake_params) / sizeof(uint64_t),
  bits = 64,
  groups = (words + bits - 1) / bits
};

/* It moves by being copied: nothing points into it. */
struct mailtap_parked_handshake {
  size_t size;
  uint64_t is_set[groups]; /* by word, the lowest bit first */
  uint64_t set[];          /* the words that aren't zero */
};

_Static_assert(sizeof(mbedtls_ssl_handshake_params) % sizeof(uint64_t) == 0, "it has whole words");

/* A client's not before data has come: tickets come before it, or with it. */
static int may_be_parked(const mbedtls_ssl_context *ssl) {
  return ssl->handshake != NULL && ssl->handshake->ciphersuite_info != NULL && ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_3 &&
         ssl->state == MBEDTLS_SSL_HANDSHAKE_OVER && ssl->in_msgtype == MBEDTLS_SSL_MSG_APPLICATION_DATA && ssl->keep_current_message == 0 &&
         ssl->mailtap_certificates.awaited == 0 && ssl->mailtap.parked == NULL &&
         mailtap_takes_shortcut(MAILTAP_SHORTCUT_PARKED_HANDSHAKE);
}

/* Of the key exchange, and the hash that the suite hasn't chosen. What authenticates an answer after the
 * handshake is derived of the application secrets, which are the session's. */
static void drop_what_is_over(mbedtls_ssl_context *ssl) {
  mbedtls_ssl_handshake_params *const handshake = ssl->handshake;
  mbedtls_platform_zeroize(&handshake->tls13_hs_secrets, sizeof(handshake->tls13_hs_secrets));
  mbedtls_platform_zeroize(&handshake->tls13_master_secrets, sizeof(handshake->tls13_master_secrets));
  mbedtls_platform_zeroize(&handshake->state_local, sizeof(handshake->state_local));
  mbedtls_ssl_transform *const transform = handshake->transform_handshake;
  if (transform != NULL && transform != ssl->transform_in && transform != ssl->transform_out) {
    mbedtls_ssl_transform_free(transform);
    mbedtls_free(transform);
    handshake->transform_handshake = NULL;
  }
  /* TLS 1.2's. mbedtls_ssl_free() frees it with a handshake alone. */
  mbedtls_ssl_transform_free(ssl->transform_negotiate);
  mbedtls_free(ssl->transform_negotiate);
  ssl->transform_negotiate = NULL;
  const int is_sha384 = handshake->ciphersuite_info->mac == MBEDTLS_MD_SHA384;
  mbedtls_md_free(is_sha384 ? &handshake->fin_sha256 : &handshake->fin_sha384);
}

void mailtap_park_handshake(mbedtls_ssl_context *ssl) {
  if (!may_be_parked(ssl)) return;
  drop_what_is_over(ssl);

  enum { at_once = 8 };
  const unsigned char *const bytes = (const unsigned char *) ssl->handshake;
  uint64_t set[words], is_set[groups] = {0};
  size_t count = 0;
  for (size_t begin = 0; begin < words; begin += at_once) {
    const size_t end = begin + at_once < words ? begin + at_once : words;
    uint64_t some[at_once] = {0}, any = 0;
    memcpy(some, bytes + begin * sizeof(uint64_t), (end - begin) * sizeof(uint64_t));
    for (size_t i = 0; i < at_once; ++i) any |= some[i];
    if (any == 0) continue;
    for (size_t i = begin; i < end; ++i) {
      if (some[i - begin] == 0) continue;
      is_set[i / bits] |= (uint64_t) 1 << (i % bits);
      set[count++] = some[i - begin];
    }
  }

  const size_t size = sizeof(struct mailtap_parked_handshake) + count * sizeof(uint64_t);
  struct mailtap_parked_handshake *const parked = mbedtls_calloc(1, size);
  if (parked != NULL) {
    parked->size = size;
    memcpy(parked->is_set, is_set, sizeof(is_set));
    memcpy(parked->set, set, count * sizeof(uint64_t));
    mbedtls_zeroize_and_free(ssl->handshake, sizeof(mbedtls_ssl_handshake_params));
    ssl->handshake = NULL;
    ssl->mailtap.parked = parked;
  }
  mbedtls_platform_zeroize(set, count * sizeof(uint64_t));
}

/* `to`: all zero. */
static void restore(mbedtls_ssl_context *ssl, mbedtls_ssl_handshake_params *to) {
  struct mailtap_parked_handshake *const parked = ssl->mailtap.parked;
  unsigned char *const bytes = (unsigned char *) to;
  size_t next = 0;
  for (size_t i = 0; i < words; ++i)
    if ((parked->is_set[i / bits] >> (i % bits) & 1) != 0)
      memcpy(bytes + i * sizeof(uint64_t), &parked->set[next++], sizeof(uint64_t));
  ssl->handshake = to;
  ssl->mailtap.parked = NULL;
  mbedtls_zeroize_and_free(parked, parked->size);
}

int mailtap_unpark_handshake(mbedtls_ssl_context *ssl) {
  if (ssl->mailtap.parked == NULL) return 0;
  mbedtls_ssl_handshake_params *const handshake = mbedtls_calloc(1, sizeof(*handshake));
  if (handshake == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  restore(ssl, handshake);
  return 0;
}

void mailtap_free_parked_handshake(mbedtls_ssl_context *ssl) {
  if (ssl->mailtap.parked == NULL) return;
  mbedtls_ssl_handshake_params handshake;
  memset(&handshake, 0, sizeof(handshake));
  restore(ssl, &handshake);
  mbedtls_ssl_handshake_free(ssl);
  ssl->handshake = NULL;
}
