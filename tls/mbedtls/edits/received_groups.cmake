# What: ssl_parse_supported_groups_ext() of ssl_tls12_server.c.
# Why: mbedTLS keeps as many groups as it knows curves, repeated ones counted: a group that a client lists behind them
#   is lost. What is kept needs no more room than that when none is kept twice.
# Test: tests/tls/long_lists_test.cpp.

edit(library/ssl_tls12_server.c [==[
        if (mbedtls_ssl_get_ecp_group_id_from_tls_id(curr_tls_id) !=
            MBEDTLS_ECP_DP_NONE) {
            *curves_tls_id++ = curr_tls_id;
]==] [==[
        const uint16_t *known = ssl->handshake->curves_tls_id;
        while (known != curves_tls_id && *known != curr_tls_id) {
            ++known;
        }
        if (known == curves_tls_id && mbedtls_ssl_get_ecp_group_id_from_tls_id(curr_tls_id) !=
            MBEDTLS_ECP_DP_NONE) {
            *curves_tls_id++ = curr_tls_id;
]==])
