# What: ssl_tls13_parse_certificate_verify() of ssl_tls13_generic.c.
# Why: a signature by an algorithm that wasn't offered is a field that is out of range, illegal_parameter (RFC 8446 sections 4.4.3 and
#   6.2); decrypt_error, which mbedTLS sends, is for one that is wrong.
# Test: tests/tls/alerts_test.cpp, "a signature by an algorithm that wasn't offered".

edit(library/ssl_tls13_generic.c [==[        /* algorithm not in offered signature algorithms list */
]==] [==[        /* algorithm not in offered signature algorithms list */
        MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER, MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER);
        return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
]==])
