# What: ssl_parse_certificate_chain() of ssl_tls.c, mbedtls_ssl_tls13_parse_certificate() of ssl_tls13_generic.c.
# Why: certificates and their list have lengths of three bytes (RFC 5246 section 7.4.2, RFC 8446 section 4.4.2), of which
#   mbedTLS reads two. The message's length is bounded (tls/mbedtls/limits.h).
# Test: tests/tls/long_messages_test.cpp, "a chain of 100 KB arrives".

edit(library/ssl_tls.c [==[    n = MBEDTLS_GET_UINT16_BE(ssl->in_msg, i + 1);

    if (ssl->in_msg[i] != 0 ||
        ssl->in_hslen != n + 3 + mbedtls_ssl_hs_hdr_len(ssl)) {]==]
                       [==[    n = MBEDTLS_GET_UINT24_BE(ssl->in_msg, i);

    if (ssl->in_hslen != n + 3 + mbedtls_ssl_hs_hdr_len(ssl)) {]==])
edit(library/ssl_tls.c [==[        if (ssl->in_msg[i] != 0) {
            MBEDTLS_SSL_DEBUG_MSG(1, ("bad certificate message"));
            mbedtls_ssl_send_alert_message(ssl,
                                           MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                           MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT);
            return MBEDTLS_ERR_SSL_BAD_CERTIFICATE;
        }

        /* Read length of the next CRT in the chain. */
        n = MBEDTLS_GET_UINT16_BE(ssl->in_msg, i + 1);]==]
                       [==[        /* Read length of the next CRT in the chain. */
        n = MBEDTLS_GET_UINT24_BE(ssl->in_msg, i);]==])

edit(library/ssl_tls13_generic.c [==[    if ((certificate_request_context_len != 0) ||
        (certificate_list_len >= 0x10000)) {]==] [==[    if (certificate_request_context_len != 0) {]==])
edit(library/ssl_tls13_generic.c [==[        if ((cert_data_len < 128) || (cert_data_len >= 0x10000)) {]==]
                                 [==[        if (cert_data_len < 128) {]==])
