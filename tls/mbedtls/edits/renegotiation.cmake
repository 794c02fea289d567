# What: ssl_tls12_handle_hs_message_post_handshake() and mbedtls_ssl_read_record() of ssl_msg.c.
# Why: a server takes part in a renegotiation only if it has asked for it, so that a client can't make it work (RFC 5246 section 7.4.1.2
#   leaves it the choice). A refusal (no_renegotiation, section 7.2.2) is remembered, for the log. And a client that has begun ignores a
#   server that asks once more, whose request is no part of the handshake's hash (section 7.4.1.1).
# Test: tests/tls/late_questions_test.cpp.

edit(library/ssl_msg.c [==[    if (!(ssl->conf->disable_renegotiation == MBEDTLS_SSL_RENEGOTIATION_DISABLED ||
]==] [==[    if (!(ssl->conf->disable_renegotiation == MBEDTLS_SSL_RENEGOTIATION_DISABLED ||
          (ssl->conf->endpoint == MBEDTLS_SSL_IS_SERVER &&
           ssl->renego_status != MBEDTLS_SSL_RENEGOTIATION_PENDING) ||
]==])
edit(library/ssl_msg.c [==[        MBEDTLS_SSL_DEBUG_MSG(3, ("refusing renegotiation, sending alert"));
]==] [==[        MBEDTLS_SSL_DEBUG_MSG(3, ("refusing renegotiation, sending alert"));
        ssl->mailtap_certificates.refused_renegotiations++;
]==])
edit(library/ssl_msg.c [==[        if (ssl->in_msgtype == MBEDTLS_SSL_MSG_HANDSHAKE &&
            update_hs_digest == 1) {]==] [==[        if (ssl->renego_status == MBEDTLS_SSL_RENEGOTIATION_IN_PROGRESS &&
            ssl->conf->endpoint == MBEDTLS_SSL_IS_CLIENT &&
            ssl->in_msgtype == MBEDTLS_SSL_MSG_HANDSHAKE &&
            ssl->in_msg[0] == MBEDTLS_SSL_HS_HELLO_REQUEST &&
            ssl->in_hslen == mbedtls_ssl_hs_hdr_len(ssl)) {
            return MBEDTLS_ERR_SSL_WANT_READ;
        }

        if (ssl->in_msgtype == MBEDTLS_SSL_MSG_HANDSHAKE &&
            update_hs_digest == 1) {]==])
