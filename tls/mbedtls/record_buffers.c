/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

#include <mbedtls/platform.h>
#include <string.h>

#include "tls/mbedtls/record_buffers.h"

#if MBEDTLS_SSL_IN_BUFFER_LEN != MBEDTLS_SSL_OUT_BUFFER_LEN || !defined(MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH)
#error "both buffers are of one size, and the session knows if it has made them smaller"
#endif

const size_t mailtap_record_buffer_size = MBEDTLS_SSL_IN_BUFFER_LEN;

unsigned char *mailtap_take_in_buffer(mbedtls_ssl_context *ssl, struct mailtap_in_buffer_state *state) {
  unsigned char *const buffer = ssl->in_buf;
  if (buffer == NULL || ssl->in_buf_len != mailtap_record_buffer_size || ssl->in_left != 0 || ssl->in_msglen != 0 || ssl->in_offt != NULL || ssl->in_hslen != 0 ||
      ssl->keep_current_message != 0)
    return NULL;
  memcpy(state->counter, ssl->in_ctr, sizeof(state->counter));
  state->hdr = (unsigned short) (ssl->in_hdr - buffer);
  state->len = (unsigned short) (ssl->in_len - buffer);
  state->iv = (unsigned short) (ssl->in_iv - buffer);
  state->msg = (unsigned short) (ssl->in_msg - buffer);
  ssl->in_buf = ssl->in_ctr = ssl->in_hdr = ssl->in_len = ssl->in_iv = ssl->in_msg = NULL;
  return buffer;
}

void mailtap_give_in_buffer(mbedtls_ssl_context *ssl, unsigned char *buffer,
                            const struct mailtap_in_buffer_state *state) {
  ssl->in_buf = ssl->in_ctr = buffer;
  memcpy(ssl->in_ctr, state->counter, sizeof(state->counter));
  ssl->in_hdr = buffer + state->hdr;
  ssl->in_len = buffer + state->len;
  ssl->in_iv = buffer + state->iv;
  ssl->in_msg = buffer + state->msg;
}

unsigned char *mailtap_take_out_buffer(mbedtls_ssl_context *ssl, struct mailtap_out_buffer_state *state) {
  unsigned char *const buffer = ssl->out_buf;
  if (buffer == NULL || ssl->out_buf_len != mailtap_record_buffer_size || ssl->out_left != 0) return NULL;
  state->hdr = (unsigned short) (ssl->out_hdr - buffer);
  state->len = (unsigned short) (ssl->out_len - buffer);
  state->iv = (unsigned short) (ssl->out_iv - buffer);
  state->msg = (unsigned short) (ssl->out_msg - buffer);
  ssl->out_buf = ssl->out_ctr = ssl->out_hdr = ssl->out_len = ssl->out_iv = ssl->out_msg = NULL;
  return buffer;
}

void mailtap_give_out_buffer(mbedtls_ssl_context *ssl, unsigned char *buffer,
                             const struct mailtap_out_buffer_state *state) {
  ssl->out_buf = ssl->out_ctr = buffer;
  ssl->out_hdr = buffer + state->hdr;
  ssl->out_len = buffer + state->len;
  ssl->out_iv = buffer + state->iv;
  ssl->out_msg = buffer + state->msg;
}

unsigned char *mailtap_drop_in_buffer(mbedtls_ssl_context *ssl) {
  unsigned char *const buffer = ssl->in_buf_len == mailtap_record_buffer_size ? ssl->in_buf : NULL;
  if (buffer != NULL) ssl->in_buf = NULL;
  return buffer;
}

unsigned char *mailtap_drop_out_buffer(mbedtls_ssl_context *ssl) {
  unsigned char *const buffer = ssl->out_buf_len == mailtap_record_buffer_size ? ssl->out_buf : NULL;
  if (buffer != NULL) ssl->out_buf = NULL;
  return buffer;
}

void mailtap_forget_peer_certificate(mbedtls_ssl_context *ssl) {
  mbedtls_x509_crt *const parsed = ssl->session != NULL ? ssl->session->peer_cert : NULL;
  mbedtls_x509_crt *bare = NULL;
  if (parsed == NULL) return;
  if (ssl->tls_version != MBEDTLS_SSL_VERSION_TLS1_3) {
    if (!parsed->own_buffer || (bare = mbedtls_calloc(1, sizeof(*bare))) == NULL) return;
    mbedtls_x509_crt_init(bare);
    bare->own_buffer = 1;
    bare->raw = parsed->raw;
    parsed->own_buffer = 0;
  }
  mbedtls_x509_crt_free(parsed);
  mbedtls_free(parsed);
  ssl->session->peer_cert = bare;
}
