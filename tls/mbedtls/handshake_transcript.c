#include "ssl_misc.h"

#include <mbedtls/md.h>
#include <mbedtls/platform.h>
#include <string.h>

#include "tls/mbedtls/foreign_key.h"
#include "tls/mbedtls/handshake_transcript.h"

/* A client with a key that hashes by itself doesn't know yet, at its hello, of which version the handshake will be. */
static int is_needed(const mbedtls_ssl_context *ssl) {
  if (ssl->state > MBEDTLS_SSL_CERTIFICATE_VERIFY) return 0;
  if (ssl->conf->endpoint == MBEDTLS_SSL_IS_SERVER)
    return ssl->conf->authmode != MBEDTLS_SSL_VERIFY_NONE && ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_2;
  return ssl->conf->key_cert != NULL && mailtap_foreign_kind_of(ssl->conf->key_cert->key) != MAILTAP_FOREIGN_NONE;
}

int mailtap_keep_handshake(mbedtls_ssl_context *ssl, const unsigned char *bytes, size_t size) {
  struct mailtap_transcript *const kept = &ssl->handshake->transcript;
  if (size == 0 || !is_needed(ssl)) return 0;
  if (size > kept->room - kept->size) {
    const size_t room = 2 * kept->room + size + 4096;
    unsigned char *const larger = mbedtls_calloc(1, room);
    if (larger == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    if (kept->size > 0) memcpy(larger, kept->bytes, kept->size);
    mbedtls_free(kept->bytes);
    kept->bytes = larger;
    kept->room = room;
  }
  memcpy(kept->bytes + kept->size, bytes, size);
  kept->size += size;
  return 0;
}

int mailtap_hash_handshake(mbedtls_ssl_context *ssl, int md_type, unsigned char *hash) {
  const struct mailtap_transcript *const kept = &ssl->handshake->transcript;
  return mbedtls_md(mbedtls_md_info_from_type((mbedtls_md_type_t) md_type), kept->bytes, kept->size, hash);
}

void mailtap_forget_handshake(struct mailtap_transcript *transcript) {
  mbedtls_free(transcript->bytes);
  memset(transcript, 0, sizeof(*transcript));
}
