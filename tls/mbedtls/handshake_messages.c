/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

#include "tls/mbedtls/handshake_messages.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <string.h>

#include "tls/mbedtls/limits.h"
#include "tls/mbedtls/memory.h"
#include "tls/mbedtls/record_buffers.h"

enum { header_size = 4, flush_now = 1 };

/* --- incoming ---------------------------------------------------------------------------------------------------- */

static size_t longest(unsigned char type) {
  return type == MBEDTLS_SSL_HS_CERTIFICATE ? MAILTAP_MAX_CERTIFICATE_MESSAGE : MAILTAP_MAX_HANDSHAKE_MESSAGE;
}

static int refuse_message(mbedtls_ssl_context *ssl, unsigned char type, size_t size) {
  ssl->mailtap.refused_type = type;
  ssl->mailtap.refused_size = size;
  MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER, MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER);
  return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
}

/* Keeps the first `kept` bytes. Pointers into the buffer are the caller's to set. */
static int replace_in_buffer(mbedtls_ssl_context *ssl, size_t size, size_t kept) {
  unsigned char *const buffer =
      size == mailtap_record_buffer_size ? mailtap_take_record_buffer() : mbedtls_calloc(1, size);
  if (buffer == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  memcpy(buffer, ssl->in_buf, kept);
  mbedtls_zeroize_and_free(ssl->in_buf, ssl->in_buf_len);
  ssl->in_buf = buffer;
  ssl->in_buf_len = size;
  return 0;
}

int mailtap_gather_handshake_message(mbedtls_ssl_context *ssl) {
  const size_t before = MBEDTLS_SSL_SEQUENCE_NUMBER_LEN + mbedtls_ssl_in_hdr_len(ssl);
  const unsigned char *const message = ssl->in_buf + before;
  /* RFC 8446 section 5.1. */
  if (ssl->in_msglen == 0) {
    MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE, MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE);
    return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;
  }
  /* Where decryption has left it behind the room for a nonce, the first part is moved too. */
  memmove(ssl->in_buf + before + ssl->badmac_seen_or_in_hsfraglen, ssl->in_msg, ssl->in_msglen);
  ssl->badmac_seen_or_in_hsfraglen += (unsigned) ssl->in_msglen;

  const size_t gathered = ssl->badmac_seen_or_in_hsfraglen;
  const int has_header = gathered >= header_size;
  const size_t size = header_size + (has_header ? MBEDTLS_GET_UINT24_BE(message, 1) : 0);
  if (size > longest(message[0])) return refuse_message(ssl, message[0], size);
  ssl->in_hslen = size;
  if (has_header && gathered >= size) {
    ssl->in_msglen = gathered;
    ssl->badmac_seen_or_in_hsfraglen = 0;
    ssl->in_hdr = ssl->in_buf + MBEDTLS_SSL_SEQUENCE_NUMBER_LEN;
    mbedtls_ssl_update_in_pointers(ssl);
    return 0;
  }

  /* The next record is read to the place after this part, where its header is overwritten in turn. */
  const size_t needed = before + gathered + MBEDTLS_SSL_IN_BUFFER_LEN;
  if (needed > ssl->in_buf_len) {
    /* Twice the size, so that a message in small records isn't copied for each of them. */
    const size_t most = before + size + MBEDTLS_SSL_IN_BUFFER_LEN;
    const size_t twice = 2 * ssl->in_buf_len < most ? 2 * ssl->in_buf_len : most;
    const int failure = replace_in_buffer(ssl, needed > twice ? needed : twice, before + gathered);
    if (failure != 0) return failure;
  }
  ssl->in_msglen = 0;
  ssl->in_hdr = ssl->in_buf + before + gathered;
  mbedtls_ssl_update_in_pointers(ssl);
  return MBEDTLS_ERR_SSL_CONTINUE_PROCESSING;
}

void mailtap_shrink_in_buffer(mbedtls_ssl_context *ssl) {
  const size_t kept = (size_t) (ssl->in_msg - ssl->in_buf) + ssl->in_msglen;
  if (ssl->in_buf_len <= mailtap_record_buffer_size || kept > mailtap_record_buffer_size) return;
  /* Without memory the larger one serves as well. */
  if (replace_in_buffer(ssl, mailtap_record_buffer_size, kept) != 0) return;
  ssl->in_hdr = ssl->in_buf + MBEDTLS_SSL_SEQUENCE_NUMBER_LEN;
  mbedtls_ssl_update_in_pointers(ssl);
}

/* --- outgoing ---------------------------------------------------------------------------------------------------- */

/* Nothing is in it. */
static int replace_out_buffer(mbedtls_ssl_context *ssl, size_t size) {
  unsigned char *const buffer =
      size == mailtap_record_buffer_size ? mailtap_take_record_buffer() : mbedtls_calloc(1, size);
  if (buffer == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  mbedtls_zeroize_and_free(ssl->out_buf, ssl->out_buf_len);
  ssl->out_buf = buffer;
  ssl->out_buf_len = size;
  mbedtls_ssl_reset_out_pointers(ssl);
  mbedtls_ssl_update_out_pointers(ssl, ssl->transform_out);
  return 0;
}

int mailtap_make_room_for_certificate(mbedtls_ssl_context *ssl) {
  /* TLS 1.3's, which is longer than TLS 1.2's: context, length of the list, and for each its length and extensions. */
  size_t size = header_size + 1 + 255 + 3;
  for (const mbedtls_x509_crt *one = mbedtls_ssl_own_cert(ssl); one != NULL; one = one->next) size += 3 + one->raw.len + 2;
  if (size <= MBEDTLS_SSL_OUT_CONTENT_LEN) return 0;
  if (size > 0xFFFFFF) return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  int failure = mbedtls_ssl_flush_output(ssl);
  if (failure == 0) failure = replace_out_buffer(ssl, MBEDTLS_SSL_OUT_BUFFER_LEN + size);
  if (failure == 0) ssl->mailtap.out_room = size;
  return failure;
}

size_t mailtap_out_room(const mbedtls_ssl_context *ssl) {
  return ssl->mailtap.out_room != 0 ? ssl->mailtap.out_room : MBEDTLS_SSL_OUT_CONTENT_LEN;
}

/* Only what is encrypted is under record_size_limit (RFC 8449 section 4); but under TLS 1.2 GnuTLS refuses messages in
 * the clear that are longer. */
static int largest_payload(const mbedtls_ssl_context *ssl) {
  const int is_exempt = ssl->transform_out == NULL && ssl->tls_version != MBEDTLS_SSL_VERSION_TLS1_2;
  return is_exempt ? (int) mbedtls_ssl_get_output_max_frag_len(ssl) : mbedtls_ssl_get_max_out_record_payload(ssl);
}

int mailtap_write_handshake_records(mbedtls_ssl_context *ssl, int force_flush) {
  const int most = largest_payload(ssl);
  if (most < 0) return most;
  const size_t size = ssl->out_msglen;
  const int type = ssl->out_msgtype;
  if (size <= (size_t) most && ssl->mailtap.out_room == 0) return mbedtls_ssl_write_record(ssl, force_flush);

  /* What has been written before goes first; then a record is encrypted where it stands, over what would follow. */
  unsigned char *const message = mbedtls_calloc(1, size);
  if (message == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  memcpy(message, ssl->out_msg, size);
  int failure = mbedtls_ssl_flush_output(ssl);
  if (failure == 0 && ssl->mailtap.out_room != 0) failure = replace_out_buffer(ssl, mailtap_record_buffer_size);
  ssl->mailtap.out_room = 0;
  for (size_t at = 0; failure == 0 && at < size; at += ssl->out_msglen) {
    const size_t part = size - at < (size_t) most ? size - at : (size_t) most;
    memcpy(ssl->out_msg, message + at, part);
    ssl->out_msglen = part;
    ssl->out_msgtype = type;
    failure = mbedtls_ssl_write_record(ssl, flush_now);
    ssl->out_msglen = part; /* which encryption has changed */
  }
  mbedtls_zeroize_and_free(message, size);
  return failure;
}
