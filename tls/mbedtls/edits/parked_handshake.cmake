# What: ssl_tls13_handle_hs_message_post_handshake() of ssl_msg.c and mbedtls_ssl_free().
# Why: what a handshake worked with is kept in little room while its connection relays (parked_handshake.h); mbedTLS keeps all
#   of TLS 1.3's as long as the session.
# Test: tests/tls/parked_handshake_test.cpp.

edit(library/ssl_msg.c [==[#include "ssl_misc.h"
]==] [==[#include "ssl_misc.h"
#include "tls/mbedtls/parked_handshake.h"
]==])
edit(library/ssl_msg.c [==[static int ssl_tls13_handle_hs_message_post_handshake(mbedtls_ssl_context *ssl)
{
]==] [==[static int ssl_tls13_handle_hs_message_post_handshake(mbedtls_ssl_context *ssl)
{
    const int unparked = mailtap_unpark_handshake(ssl);
    if (unparked != 0) {
        return unparked;
    }
]==])
edit(library/ssl_tls.c [==[    if (ssl->handshake) {
        mbedtls_ssl_handshake_free(ssl);
        mbedtls_free(ssl->handshake);

#if defined(MBEDTLS_SSL_PROTO_TLS1_2)]==] [==[    mailtap_free_parked_handshake(ssl);
    if (ssl->handshake) {
        mbedtls_ssl_handshake_free(ssl);
        mbedtls_free(ssl->handshake);

#if defined(MBEDTLS_SSL_PROTO_TLS1_2)]==])
edit(library/ssl_tls.c [==[#include "ssl_misc.h"
]==] [==[#include "ssl_misc.h"
#include "tls/mbedtls/parked_handshake.h"
]==])
