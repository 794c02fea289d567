/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

#include "tls/mbedtls/record_sizes.h"

static const unsigned short min_limit = 64;
static const unsigned short max_limit_of_tls12 = 16384;

int mailtap_parse_record_size_limit(mbedtls_ssl_context* ssl, const unsigned char* data, size_t size) {
  const unsigned short limit = size == 2 ? MBEDTLS_GET_UINT16_BE(data, 0) : 0;
  if (limit < min_limit) {
    const int is_malformed = size != 2;
    mbedtls_ssl_send_alert_message(
        ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
        is_malformed ? MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR : MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER);
    return is_malformed ? MBEDTLS_ERR_SSL_DECODE_ERROR : MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
  }
  /* A client that offers TLS 1.3 too may have counted the content type, which TLS 1.2 doesn't have (RFC 8449 section
   * 4), and refuse a record of that length: GnuTLS does. */
  const int may_count_type = ssl->conf->endpoint == MBEDTLS_SSL_IS_SERVER && limit < max_limit_of_tls12;
  ssl->session_negotiate->record_size_limit = (unsigned short)(limit - may_count_type);
  return 0;
}

size_t mailtap_write_record_size_limit(mbedtls_ssl_context* ssl, unsigned char* at) {
  if (ssl->session_negotiate->record_size_limit == 0) return 0;
  ssl->session_negotiate->mfl_code = MBEDTLS_SSL_MAX_FRAG_LEN_NONE;
  MBEDTLS_PUT_UINT16_BE(MBEDTLS_TLS_EXT_RECORD_SIZE_LIMIT, at, 0);
  MBEDTLS_PUT_UINT16_BE(2, at, 2);
  MBEDTLS_PUT_UINT16_BE(max_limit_of_tls12, at, 4);
  return 6;
}
