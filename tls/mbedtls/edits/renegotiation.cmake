# What: ssl_tls12_handle_hs_message_post_handshake() of ssl_msg.c.
# Why: a server takes part in a renegotiation only if it has asked for it, so that a client can't make it work (RFC 5246 section 7.4.1.2
#   leaves it the choice). And a refusal (no_renegotiation, section 7.2.2) is remembered, for the log.
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
