# What: mbedtls_ssl_handshake_params, mbedtls_ssl_handshake_free(), TLS 1.3's hello of a client, its CertificateRequest, Certificate messages of clients, and
#   ssl_tls13_handle_hs_message_post_handshake() of ssl_msg.c.
# Why: a server may ask for the client's certificate after the handshake (RFC 8446 section 4.6.2), as IIS and Apache do for single folders;
#   mbedTLS 3.6 knows nothing of it, and loses the request's certificate_request_context, which the answer repeats.
# Test: tests/tls/late_questions_test.cpp.

edit(library/ssl_misc.h [==[    uint32_t sent_extensions;       /*!< extensions sent by endpoint */]==]
                        [==[    mbedtls_md_context_t mailtap_of_handshake; /* transcript, since the first question; zero before */
    uint32_t sent_extensions;       /*!< extensions sent by endpoint */]==])
edit(library/ssl_tls.c [==[    if (ssl->handshake->certificate_request_context) {]==]
                       [==[    mbedtls_md_free(&handshake->mailtap_of_handshake);
    if (ssl->handshake->certificate_request_context) {]==])
edit(library/ssl_tls13_client.c [==[    ret = ssl_tls13_write_cookie_ext(ssl, p, end, &ext_len);
    if (ret != 0) {
        return ret;
    }
    p += ext_len;
]==] [==[    ret = ssl_tls13_write_cookie_ext(ssl, p, end, &ext_len);
    if (ret != 0) {
        return ret;
    }
    p += ext_len;

    ret = mailtap_write_post_handshake_auth_ext(ssl, p, end, &ext_len);
    if (ret != 0) {
        return ret;
    }
    p += ext_len;
]==])
edit(library/ssl_tls13_client.c [==[static int ssl_tls13_parse_certificate_request(]==] [==[int ssl_tls13_parse_certificate_request(]==])
edit(library/ssl_tls13_client.c [==[    if (certificate_request_context_len > 0) {
        MBEDTLS_SSL_CHK_BUF_READ_PTR(p, end, certificate_request_context_len);]==]
     [==[    mbedtls_free(handshake->certificate_request_context);
    handshake->certificate_request_context = NULL;
    handshake->certificate_request_context_len = 0;
    if (certificate_request_context_len > 0) {
        MBEDTLS_SSL_CHK_BUF_READ_PTR(p, end, certificate_request_context_len);]==])
edit(library/ssl_tls13_client.c [==[        memcpy(handshake->certificate_request_context, p,
               certificate_request_context_len);]==] [==[        handshake->certificate_request_context_len =
            (unsigned char) certificate_request_context_len;
        memcpy(handshake->certificate_request_context, p,
               certificate_request_context_len);]==])
edit(library/ssl_tls13_client.c [==[    ssl->handshake->client_auth = 1;
    return 0;]==] [==[    ssl->handshake->client_auth = 1;
    mailtap_certificate_requested_tls13(ssl);
    return 0;]==])
edit(library/ssl_tls13_generic.c [==[    MBEDTLS_SSL_CHK_BUF_READ_PTR(p, end, 4);
    certificate_request_context_len = p[0];]==] [==[    p += mailtap_certificate_context_in(ssl, p, end);
    MBEDTLS_SSL_CHK_BUF_READ_PTR(p, end, 4);
    certificate_request_context_len = p == buf ? p[0] : 0;]==])
edit(library/ssl_msg.c [==[    MBEDTLS_SSL_DEBUG_MSG(3, ("received post-handshake message"));
]==] [==[    MBEDTLS_SSL_DEBUG_MSG(3, ("received post-handshake message"));

    if (ssl->conf->endpoint == MBEDTLS_SSL_IS_CLIENT &&
        ssl->in_msg[0] == MBEDTLS_SSL_HS_CERTIFICATE_REQUEST) {
        return mailtap_answer_certificate_request(ssl);
    }
    if (ssl->conf->endpoint == MBEDTLS_SSL_IS_SERVER && mailtap_is_certificate_awaited(ssl)) {
        return mailtap_take_certificate_answer(ssl);
    }
]==])
