# What: ssl_tls13_write_server_hello() of ssl_tls13_server.c, ssl_tls13_key_schedule_stage_handshake() of ssl_tls13_keys.c.
# Why: a share that isn't a point of its group's, or gives a shared secret of zeros, ends the handshake with illegal_parameter
#   (RFC 8446 sections 4.2.8 and 7.4.2). mbedTLS finds it when its ServerHello has gone, and has no alert for it.
# Test: tests/tls/alerts_test.cpp, "a key share that is no point".

edit(library/ssl_tls13_server.c [==[
    MBEDTLS_SSL_PROC_CHK(mbedtls_ssl_finish_handshake_msg(
                             ssl, buf_len, msg_len));

    MBEDTLS_SSL_PROC_CHK(ssl_tls13_finalize_server_hello(ssl));
]==] [==[
    MBEDTLS_SSL_PROC_CHK(ssl_tls13_finalize_server_hello(ssl));

    MBEDTLS_SSL_PROC_CHK(mbedtls_ssl_finish_handshake_msg(
                             ssl, buf_len, msg_len));
]==])
edit(library/ssl_tls13_keys.c [==[                ret = PSA_TO_MBEDTLS_ERR(status);
                MBEDTLS_SSL_DEBUG_RET(1, "psa_raw_key_agreement", ret);
                goto cleanup;
]==] [==[                ret = PSA_TO_MBEDTLS_ERR(status);
                if (status == PSA_ERROR_INVALID_ARGUMENT) {
                    ret = MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
                    MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER, ret);
                }
                MBEDTLS_SSL_DEBUG_RET(1, "psa_raw_key_agreement", ret);
                goto cleanup;
]==])
