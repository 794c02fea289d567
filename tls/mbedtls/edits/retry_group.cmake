# What: ssl_tls13_parse_hrr_key_share_ext() of ssl_tls13_client.c.
# Why: a HelloRetryRequest may only name a group that was offered and that no share was sent of (RFC 8446 section
#   4.2.8). mbedTLS takes any that isn't the first of its list, and knows of one share alone.
# Test: tests/tls/hybrid_groups_test.cpp, "a HelloRetryRequest".

edit(library/ssl_tls13_client.c [==[
#if defined(PSA_WANT_ALG_ECDH)
        if (mbedtls_ssl_tls13_named_group_is_ecdhe(*group_list)) {
            if ((mbedtls_ssl_get_psa_curve_info_from_tls_id(
                     *group_list, NULL, NULL) == PSA_ERROR_NOT_SUPPORTED) ||
                *group_list != selected_group) {
                found = 1;
                break;
            }
        }
#endif /* PSA_WANT_ALG_ECDH */
#if defined(PSA_WANT_ALG_FFDH)
        if (mbedtls_ssl_tls13_named_group_is_ffdh(*group_list)) {
            found = 1;
            break;
        }
#endif /* PSA_WANT_ALG_FFDH */
]==] [==[
        if (*group_list == selected_group &&
            mbedtls_ssl_named_group_is_supported(*group_list)) {
            found = 1;
            break;
        }
]==])
edit(library/ssl_tls13_client.c [==[
    if (found == 0 || selected_group == ssl->handshake->offered_group_id) {]==] [==[
    if (found == 0 || selected_group == ssl->handshake->offered_group_id ||
        mailtap_is_twin(ssl, selected_group)) {]==])
