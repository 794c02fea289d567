/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

#include "tls/mbedtls/status_request.h"

enum { certificate_status = 22, ocsp = 1 };

static void take(mbedtls_ssl_context* ssl, unsigned type, const unsigned char* bytes, size_t size) {
  if (ssl->mailtap.take_stapled != NULL) ssl->mailtap.take_stapled(ssl->mailtap.stapled_to, type, bytes, size);
}

/* --- the hello ------------------------------------------------------------------------------------------ */

int mailtap_write_status_request_exts(mbedtls_ssl_context* ssl, unsigned char* buf, unsigned char* end,
                                      size_t* out_len) {
  /* Of type ocsp, with no responders named and no extensions. */
  static const unsigned char status_request[] = {0, MBEDTLS_TLS_EXT_STATUS_REQUEST, 0, 5, ocsp, 0, 0, 0, 0};
  static const unsigned char timestamps[] = {0, MBEDTLS_TLS_EXT_SCT, 0, 0};
  unsigned char* p = buf;
  ssl->mailtap.is_staple_promised = 0;
  if (ssl->mailtap.asks_for_staple) {
    MBEDTLS_SSL_CHK_BUF_PTR(p, end, sizeof(status_request));
    memcpy(p, status_request, sizeof(status_request));
    p += sizeof(status_request);
    mbedtls_ssl_tls13_set_hs_sent_ext_mask(ssl, MBEDTLS_TLS_EXT_STATUS_REQUEST);
  }
  if (ssl->mailtap.asks_for_timestamps) {
    MBEDTLS_SSL_CHK_BUF_PTR(p, end, sizeof(timestamps));
    memcpy(p, timestamps, sizeof(timestamps));
    p += sizeof(timestamps);
    mbedtls_ssl_tls13_set_hs_sent_ext_mask(ssl, MBEDTLS_TLS_EXT_SCT);
  }
  *out_len = (size_t) (p - buf);
  return 0;
}

/* --- what comes ----------------------------------------------------------------------------------------- */

/* struct { CertificateStatusType status_type; opaque OCSPResponse<1..2^24-1>; } CertificateStatus. Of a type that
 * wasn't asked for there is nothing to take. */
static int take_certificate_status(mbedtls_ssl_context* ssl, const unsigned char* bytes, size_t size) {
  if (size < 4 || MBEDTLS_GET_UINT24_BE(bytes, 1) != size - 4 || size == 4) {
    MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR, MBEDTLS_ERR_SSL_DECODE_ERROR);
    return MBEDTLS_ERR_SSL_DECODE_ERROR;
  }
  if (bytes[0] == ocsp) take(ssl, MBEDTLS_TLS_EXT_STATUS_REQUEST, bytes + 4, size - 4);
  return 0;
}

void mailtap_take_server_hello_ext(mbedtls_ssl_context* ssl, unsigned type, const unsigned char* bytes,
                                   size_t size) {
  if (type == MBEDTLS_TLS_EXT_STATUS_REQUEST && ssl->mailtap.asks_for_staple) ssl->mailtap.is_staple_promised = 1;
  if (type == MBEDTLS_TLS_EXT_SCT && ssl->mailtap.asks_for_timestamps) take(ssl, type, bytes, size);
}

/* A server that has promised the message may leave it out (RFC 6066 section 8). Any other is put back. */
int mailtap_read_certificate_status(mbedtls_ssl_context* ssl) {
  if (!ssl->mailtap.is_staple_promised) return 0;
  const int failure = mbedtls_ssl_read_record(ssl, 1);
  if (failure != 0) return failure;
  ssl->mailtap.is_staple_promised = 0;
  if (ssl->in_msgtype != MBEDTLS_SSL_MSG_HANDSHAKE || ssl->in_msg[0] != certificate_status) {
    ssl->keep_current_message = 1;
    return 0;
  }
  const size_t header = mbedtls_ssl_hs_hdr_len(ssl);
  return take_certificate_status(ssl, ssl->in_msg + header, ssl->in_hslen - header);
}

int mailtap_take_certificate_ext(mbedtls_ssl_context* ssl, unsigned type, const unsigned char* bytes,
                                 size_t size) {
  if (type == MBEDTLS_TLS_EXT_STATUS_REQUEST) return take_certificate_status(ssl, bytes, size);
  if (type == MBEDTLS_TLS_EXT_SCT) take(ssl, type, bytes, size);
  return 0;
}
