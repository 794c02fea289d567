# What: mbedtls_ssl_start_handshake_msg() and mbedtls_ssl_write_handshake_msg_ext() of ssl_msg.c,
#   mbedtls_ssl_write_certificate() of ssl_tls.c.
# Why: as in handshake_messages_in.cmake, the other way: a chain of ours above 16 KiB; and no record longer than the peer
#   takes (RFC 6066 section 4) whatever is in it. mbedTLS sends a handshake message in one record, or fails.
# Test: tests/tls/long_messages_test.cpp, "a chain of 100 KB arrives".

edit(library/ssl_msg.c [==[    *buf_len = MBEDTLS_SSL_OUT_CONTENT_LEN - 4;
]==] [==[    if (hs_type == MBEDTLS_SSL_HS_CERTIFICATE) {
        const int failure = mailtap_make_room_for_certificate(ssl);
        if (failure != 0) {
            return failure;
        }
        *buf = ssl->out_msg + 4;
    }
    *buf_len = mailtap_out_room(ssl) - 4;
]==])
edit(library/ssl_msg.c [==[    if (ssl->out_msglen > MBEDTLS_SSL_OUT_CONTENT_LEN) {]==]
                       [==[    if (ssl->out_msglen > mailtap_out_room(ssl)) {]==])
edit(library/ssl_msg.c [==[        if ((ret = mbedtls_ssl_write_record(ssl, force_flush)) != 0) {
            MBEDTLS_SSL_DEBUG_RET(1, "ssl_write_record", ret);]==]
                       [==[        if ((ret = mailtap_write_handshake_records(ssl, force_flush)) != 0) {
            MBEDTLS_SSL_DEBUG_RET(1, "ssl_write_record", ret);]==])

edit(library/ssl_tls.c [==[#include "ssl_misc.h"
]==] [==[#include "ssl_misc.h"
#include "tls/mbedtls/handshake_messages.h"
]==])
edit(library/ssl_tls.c [==[    i = 7;
    crt = mbedtls_ssl_own_cert(ssl);
]==] [==[    i = 7;
    crt = mbedtls_ssl_own_cert(ssl);
    if ((ret = mailtap_make_room_for_certificate(ssl)) != 0) {
        return ret;
    }
]==])
edit(library/ssl_tls.c [==[        if (n > MBEDTLS_SSL_OUT_CONTENT_LEN - 3 - i) {]==] [==[        if (n > mailtap_out_room(ssl) - 3 - i) {]==])
