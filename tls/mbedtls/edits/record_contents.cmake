# What: mbedtls_ssl_decrypt_buf() and ssl_prepare_record_content() of ssl_msg.c.
# Why: what was protected is at most 2^14 bytes long, with TLS 1.3's padding and content type one more (RFC 8446 section 5.4, RFC
#   5246 section 6.2.1), or record_overflow is sent. With TLS 1.3's keys in use a record in the clear isn't decrypted but
#   refused as unexpected (section 5), an alert excepted: a client whose own keys aren't there yet has no other way to say it.
# Test: tests/tls/alerts_test.cpp, "a record in the clear after the keys are there"; tlsfuzzer's
#   test-tls13-record-layer-limits (docs/conformance.md).

edit(library/ssl_msg.c [==[        ret = ssl_parse_inner_plaintext(data, &rec->data_len,
                                        &rec->type);

        if (ret != 0) {
            return MBEDTLS_ERR_SSL_INVALID_RECORD;
        }
    }
#endif /* MBEDTLS_SSL_PROTO_TLS1_3 */
]==] [==[        if (rec->data_len > MBEDTLS_SSL_IN_CONTENT_LEN + 1) {
            rec->data_len = MBEDTLS_SSL_IN_CONTENT_LEN + 1; /* more than may be: told by the caller */
            return 0;
        }
        ret = ssl_parse_inner_plaintext(data, &rec->data_len,
                                        &rec->type);

        if (ret != 0) {
            return MBEDTLS_ERR_SSL_INVALID_RECORD;
        }
    }
#endif /* MBEDTLS_SSL_PROTO_TLS1_3 */
]==])
edit(library/ssl_msg.c [==[        MBEDTLS_SSL_DEBUG_MSG(1, ("bad message length"));
        return MBEDTLS_ERR_SSL_INVALID_RECORD;
]==] [==[        MBEDTLS_SSL_DEBUG_MSG(1, ("bad message length"));
        MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW, MBEDTLS_ERR_SSL_INVALID_RECORD);
        return MBEDTLS_ERR_SSL_INVALID_RECORD;
]==])
edit(library/ssl_msg.c [==[        if (rec->type == MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC) {
            done = 1;
        }
]==] [==[        if (rec->type == MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC) {
            done = 1;
        } else if (rec->type == MBEDTLS_SSL_MSG_ALERT && ssl->state != MBEDTLS_SSL_HANDSHAKE_OVER &&
                   rec->data_len == 2) {
            done = 1;
        } else if (rec->type != MBEDTLS_SSL_MSG_APPLICATION_DATA) {
            MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE,
                                         MBEDTLS_ERR_SSL_UNEXPECTED_RECORD);
            return MBEDTLS_ERR_SSL_UNEXPECTED_RECORD;
        }
]==])
