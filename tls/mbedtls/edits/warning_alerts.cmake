# What: mbedtls_ssl_handle_message_type() of ssl_msg.c, struct mbedtls_ssl_context of ssl.h.
# Why: TLS 1.3 has no warnings: what a protected alert says, close_notify and user_canceled excepted, is an error whatever its level
#   (RFC 8446 section 6). Before it they are ignored, but not without end: each costs its receiver as much as data. OpenSSL takes
#   four in a row. close_notify is an end in TLS 1.3 whatever its level, and before it unless it is fatal: tlsfuzzer sends it with level 0.
#   Any other alert whose level is neither warning nor fatal is malformed (RFC 5246 section 7.2).
# Test: tests/tls/alerts_test.cpp, "four warnings in a row", "a warning in TLS 1.3" and "an alert of no level".

edit(include/mbedtls/ssl.h [==[    unsigned char MBEDTLS_PRIVATE(send_alert); ]==]
                           [==[    unsigned char MBEDTLS_PRIVATE(warnings_in_a_row);
    unsigned char MBEDTLS_PRIVATE(send_alert); ]==])
edit(library/ssl_msg.c [==[        if (ssl->in_msg[0] == MBEDTLS_SSL_ALERT_LEVEL_FATAL) {
            MBEDTLS_SSL_DEBUG_MSG(1, ("is a fatal]==]
                       [==[        if (ssl->in_msg[1] == MBEDTLS_SSL_ALERT_MSG_CLOSE_NOTIFY &&
            (ssl->in_msg[0] != MBEDTLS_SSL_ALERT_LEVEL_FATAL ||
             (ssl->transform_in != NULL && ssl->transform_in->tls_version == MBEDTLS_SSL_VERSION_TLS1_3))) {
            return MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
        }
        if (ssl->in_msg[0] == MBEDTLS_SSL_ALERT_LEVEL_FATAL) {
            MBEDTLS_SSL_DEBUG_MSG(1, ("is a fatal]==])
edit(library/ssl_msg.c [==[        /* Silently ignore: fetch new message */
        return MBEDTLS_ERR_SSL_NON_FATAL;
    }
]==] [==[        if (ssl->transform_in != NULL && ssl->transform_in->tls_version == MBEDTLS_SSL_VERSION_TLS1_3 &&
            ssl->in_msg[1] != MBEDTLS_SSL_ALERT_MSG_USER_CANCELED) {
            return MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE;
        }
        if (ssl->in_msg[0] != MBEDTLS_SSL_ALERT_LEVEL_WARNING) {
            return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
        }
        if (++ssl->warnings_in_a_row > 4) {
            return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;
        }
        /* Silently ignore: fetch new message */
        return MBEDTLS_ERR_SSL_NON_FATAL;
    }
    ssl->warnings_in_a_row = 0;
]==])
