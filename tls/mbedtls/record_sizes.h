/* What is agreed on for the length of records: max_fragment_length (RFC 6066 section 4) and record_size_limit
 * (RFC 8449). handshake_messages.h keeps messages to it. */
#ifndef MAILTAP_TLS_MBEDTLS_RECORD_SIZES_H
#define MAILTAP_TLS_MBEDTLS_RECORD_SIZES_H

#include <mbedtls/ssl.h>
#include <stddef.h>

/* A bit of mbedtls_ssl_handshake_params.cli_exts (of eight), beside mbedTLS's own: this hello has the
 * extension. */
#define MAILTAP_EXT_MAX_FRAGMENT_LENGTH (1 << 7)

/* --- record_size_limit under TLS 1.2, which mbedTLS has under TLS 1.3 only --- */

/* Sends the alert if it is to be refused. */
int mailtap_parse_record_size_limit(mbedtls_ssl_context* ssl, const unsigned char* data, size_t size);
/* The server's answer; `max_fragment_length` isn't answered then (RFC 8449 section 5). Bytes written. */
size_t mailtap_write_record_size_limit(mbedtls_ssl_context* ssl, unsigned char* at);

#endif
