/* What mbedTLS keeps of a TLS 1.3 handshake, 3.4 KB that are mostly zeros, in a few hundred bytes while the
 * connection relays: a ticket, or a question for a certificate, needs it again (RFC 8446 sections 4.6.1 and
 * 4.6.2), and nothing else does. Its secrets are wiped. TLS 1.2's is freed by mbedTLS itself. Compiled with
 * mbedTLS, whose internal header it reads. */
#ifndef MAILTAP_TLS_MBEDTLS_PARKED_HANDSHAKE_H
#define MAILTAP_TLS_MBEDTLS_PARKED_HANDSHAKE_H

#ifdef __cplusplus
extern "C" {
#endif

struct mbedtls_ssl_context;

/* Between two calls of mbedTLS's: parks it if the handshake is over, nothing of it is under way, and the last
 * record that came was of data. */
void mailtap_park_handshake(struct mbedtls_ssl_context* ssl);

/* Before a message after the handshake is looked at. 0, or mbedTLS's error: memory is short. */
int mailtap_unpark_handshake(struct mbedtls_ssl_context* ssl);

/* With the session. */
void mailtap_free_parked_handshake(struct mbedtls_ssl_context* ssl);

#ifdef __cplusplus
}
#endif

#endif
