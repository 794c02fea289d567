/* TLS 1.3's KeyUpdate (RFC 8446 section 4.6.3), of which mbedTLS 3.6.6 has nothing. */
#ifndef MAILTAP_TLS_MBEDTLS_KEY_UPDATE_H
#define MAILTAP_TLS_MBEDTLS_KEY_UPDATE_H

#include <mbedtls/ssl.h>

#define MAILTAP_HS_KEY_UPDATE 24

/* The peer's, which is in in_msg: its next records are under another key. */
int mailtap_take_key_update(mbedtls_ssl_context* ssl);

/* Before application data: sends a KeyUpdate if the peer has asked for it (once, however often it has) or the
 * key has done its work, and goes on with the next key. */
int mailtap_renew_own_key(mbedtls_ssl_context* ssl);

/* The next key of a direction, without a word of it. */
int mailtap_go_on_with_next_key(mbedtls_ssl_context* ssl, int outgoing);

#endif
