/* What a client asks the server to add to its certificate: an OCSP response (RFC 6066 section 8, RFC 8446
 * section 4.4.2.1) and signed certificate timestamps (RFC 6962 section 3.3). Called from mbedTLS's source
 * (tls/mbedtls/edits/status_request.cmake); tls/ asks for it by engine.h. What returns int returns 0 or
 * mbedTLS's error. */
#ifndef MAILTAP_TLS_MBEDTLS_STATUS_REQUEST_H
#define MAILTAP_TLS_MBEDTLS_STATUS_REQUEST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mbedtls_ssl_context;

/* The extensions of a hello, as far as they are asked for. */
int mailtap_write_status_request_exts(struct mbedtls_ssl_context* ssl, unsigned char* buf, unsigned char* end,
                                      size_t* out_len);

/* TLS 1.2: an extension of the ServerHello that mbedTLS doesn't know. */
void mailtap_take_server_hello_ext(struct mbedtls_ssl_context* ssl, unsigned type, const unsigned char* bytes,
                                   size_t size);
/* TLS 1.2: after the Certificate message, the CertificateStatus if there is one. */
int mailtap_read_certificate_status(struct mbedtls_ssl_context* ssl);

/* TLS 1.3: an extension of a CertificateEntry, of those that the hello has. */
int mailtap_take_certificate_ext(struct mbedtls_ssl_context* ssl, unsigned type, const unsigned char* bytes,
                                 size_t size);

#ifdef __cplusplus
}
#endif

#endif
