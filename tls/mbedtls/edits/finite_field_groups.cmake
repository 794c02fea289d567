# What: ssl_write_supported_groups_ext() of ssl_client.c.
# Why: a client that is given finite field groups alone and offers TLS 1.2 alone, as with a session of it that is to be
#   resumed, offers them (RFC 7919 section 3). mbedTLS has them for TLS 1.3 only, finds no group, and ends with an internal
#   error.
# Test: tests/tls/resumption_test.cpp, "a session is offered by a client of finite field groups alone".

edit(library/ssl_client.c [==[
    /* Length of named_group_list */
    named_group_list_len = (size_t) (p - named_group_list);
]==] [==[
    if (p == named_group_list) {
        for (group_list = mbedtls_ssl_get_groups(ssl); *group_list != 0; group_list++) {
            if (mbedtls_ssl_tls13_named_group_is_ffdh(*group_list)) {
                MBEDTLS_SSL_CHK_BUF_PTR(p, end, 2);
                MBEDTLS_PUT_UINT16_BE(*group_list, p, 0);
                p += 2;
            }
        }
    }

    /* Length of named_group_list */
    named_group_list_len = (size_t) (p - named_group_list);
]==])
