# What: the key exchange of ssl_tls13_client.c, ssl_tls13_server.c, ssl_tls13_generic.c and ssl_tls13_keys.c, what
#   ssl_client.c offers, what they ask of ssl_misc.h, and mbedtls_ssl_handshake_free() of ssl_tls.c.
# Why: X25519MLKEM768 and SecP256r1MLKEM768 (draft-ietf-tls-ecdhe-mlkem), which clients offer first; mbedTLS knows
#   neither. For it they are groups with elliptic curves; where that means the curve, hybrid_groups.c is asked.
# Test: tests/tls/hybrid_groups_test.cpp.

edit(library/ssl_misc.h [==[
static inline int mbedtls_ssl_tls13_named_group_is_ecdhe(uint16_t named_group)
{
    return named_group == MBEDTLS_SSL_IANA_TLS_GROUP_X25519    ||]==] [==[
#include "tls/mbedtls/hybrid_groups.h"

static inline int mbedtls_ssl_tls13_named_group_is_ecdhe(uint16_t named_group)
{
    return mailtap_is_hybrid(named_group) ||
           named_group == MBEDTLS_SSL_IANA_TLS_GROUP_X25519    ||]==])
edit(library/ssl_misc.h [==[
        if (mbedtls_ssl_get_ecp_group_id_from_tls_id(named_group) !=
            MBEDTLS_ECP_DP_NONE) {
            return 1;]==] [==[
        if (mailtap_is_hybrid(named_group) ||
            mbedtls_ssl_get_ecp_group_id_from_tls_id(named_group) !=
            MBEDTLS_ECP_DP_NONE) {
            return 1;]==])
edit(library/ssl_client.c [==[
            if (mbedtls_ssl_tls13_named_group_is_ecdhe(*group_list) &&
                (mbedtls_ssl_get_ecp_group_id_from_tls_id(*group_list) !=
                 MBEDTLS_ECP_DP_NONE)) {]==] [==[
            if (mbedtls_ssl_named_group_is_supported(*group_list)) {]==])

# Both sides.
edit(library/ssl_tls13_generic.c [==[
    MBEDTLS_SSL_DEBUG_MSG(1, ("Perform PSA-based ECDH/FFDH computation."));
]==] [==[
    if (mailtap_is_hybrid(named_group)) {
        return mailtap_write_hybrid_share(ssl, named_group, buf, end, out_len);
    }

    MBEDTLS_SSL_DEBUG_MSG(1, ("Perform PSA-based ECDH/FFDH computation."));
]==])
edit(library/ssl_tls13_keys.c [==[
            handshake->xxdh_psa_privkey = MBEDTLS_SVC_KEY_ID_INIT;
]==] [==[
            handshake->xxdh_psa_privkey = MBEDTLS_SVC_KEY_ID_INIT;

            ret = mailtap_add_hybrid_secret(ssl, &shared_secret, &shared_secret_len);
            if (ret != 0) {
                goto cleanup;
            }
]==])
edit(library/ssl_tls.c [==[
    if (handshake->xxdh_psa_privkey_is_external == 0) {
        psa_destroy_key(handshake->xxdh_psa_privkey);
    }]==] [==[
    if (handshake->xxdh_psa_privkey_is_external == 0) {
        psa_destroy_key(handshake->xxdh_psa_privkey);
    }
    mailtap_drop_hybrid(ssl);]==])

# Servers.
edit(library/ssl_tls13_server.c [==[
            ret = mbedtls_ssl_tls13_read_public_xxdhe_share(
                ssl, key_exchange - 2, key_exchange_len + 2);]==] [==[
            ret = mailtap_is_hybrid(group) ?
                  mailtap_read_hybrid_share(ssl, group, key_exchange - 2, key_exchange_len + 2) :
                  mbedtls_ssl_tls13_read_public_xxdhe_share(
                ssl, key_exchange - 2, key_exchange_len + 2);]==])

# Clients.
edit(library/ssl_tls13_client.c [==[
        if ((mbedtls_ssl_get_psa_curve_info_from_tls_id(
                 *group_list, NULL, NULL) == PSA_SUCCESS) &&
            mbedtls_ssl_tls13_named_group_is_ecdhe(*group_list)) {]==] [==[
        if (mbedtls_ssl_tls13_named_group_is_ecdhe(*group_list) &&
            mbedtls_ssl_named_group_is_supported(*group_list)) {]==])
edit(library/ssl_tls13_client.c [==[
        /* Write key_exchange_length */
        MBEDTLS_PUT_UINT16_BE(key_exchange_len, group, 2);
]==] [==[
        /* Write key_exchange_length */
        MBEDTLS_PUT_UINT16_BE(key_exchange_len, group, 2);

        if (mailtap_is_hybrid(group_id)) {
            size_t twin_len = 0;
            ret = mailtap_write_twin_share(ssl, group_id, group + 4, p, end, &twin_len);
            if (ret != 0) {
                return ret;
            }
            p += twin_len;
        }
]==])
edit(library/ssl_tls13_client.c [==[
    if (offered_group != group) {]==] [==[
    if (mailtap_is_twin(ssl, group)) {
        ssl->handshake->offered_group_id = offered_group = group;
    }
    if (offered_group != group) {]==])
edit(library/ssl_tls13_client.c [==[
        ret = mbedtls_ssl_tls13_read_public_xxdhe_share(ssl, p, end - p);
]==] [==[
        ret = mailtap_is_hybrid(group) ?
              mailtap_read_hybrid_share(ssl, group, p, end - p) :
              mbedtls_ssl_tls13_read_public_xxdhe_share(ssl, p, end - p);
]==])
edit(library/ssl_tls13_client.c [==[
        ssl->handshake->xxdh_psa_privkey = MBEDTLS_SVC_KEY_ID_INIT;
        return 0;
    } else]==] [==[
        ssl->handshake->xxdh_psa_privkey = MBEDTLS_SVC_KEY_ID_INIT;
        mailtap_drop_hybrid(ssl);
        return 0;
    } else]==])
