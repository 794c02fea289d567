# What: ssl_tls13_handle_hs_message_post_handshake() and mbedtls_ssl_write() of ssl_msg.c.
# Why: either side may go on with a new key at any time after the handshake, and must answer when asked to (RFC 8446
#   section 4.6.3); and no key is for more records than section 5.5 says. mbedTLS refuses the message.
# Test: tests/tls/key_update_test.cpp.

edit(library/ssl_msg.c [==[#include "ssl_misc.h"
]==] [==[#include "ssl_misc.h"
#include "tls/mbedtls/key_update.h"
]==])
edit(library/ssl_msg.c [==[    /* Fail in all other cases. */
    return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;]==] [==[    if (ssl->in_msg[0] == MAILTAP_HS_KEY_UPDATE) {
        return mailtap_take_key_update(ssl);
    }

    /* Fail in all other cases. */
    return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;]==])
edit(library/ssl_msg.c [==[    ret = ssl_write_real(ssl, buf, len);

    MBEDTLS_SSL_DEBUG_MSG(2, ("<= write"));]==] [==[    if ((ret = mailtap_renew_own_key(ssl)) != 0) {
        return ret;
    }
    ret = ssl_write_real(ssl, buf, len);

    MBEDTLS_SSL_DEBUG_MSG(2, ("<= write"));]==])
