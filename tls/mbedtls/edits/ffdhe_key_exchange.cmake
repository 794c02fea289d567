# What: ssl_parse_supported_groups_ext(), ssl_ciphersuite_match() and ssl_prepare_server_key_exchange() of
#   ssl_tls12_server.c, struct mbedtls_ssl_handshake_params of ssl_misc.h.
# Why: mbedTLS's DHE has one group for all clients, of 2048 bits. A client that lists finite field groups gets one of them, or
#   no DHE (RFC 7919 section 4); one that lists none gets a group as strong as the certificate's key. Where no suite is left
#   without DHE, the alert is insufficient_security.
# Test: tests/tls/key_exchange_groups_test.cpp.

edit(library/ssl_misc.h [==[struct mbedtls_ssl_handshake_params {
]==] [==[struct mbedtls_ssl_handshake_params {
    uint16_t ffdhe_group; /* TLS 1.2 server: tls/mbedtls/ffdhe_groups.h */
    uint8_t is_ffdhe_refused; /* a suite was left out for want of a group */
]==])
edit(library/ssl_tls12_server.c [==[static int ssl_parse_supported_groups_ext(mbedtls_ssl_context *ssl,
                                          const unsigned char *buf,
                                          size_t len)
{
]==] [==[#include "tls/mbedtls/ffdhe_groups.h"
static int ssl_parse_supported_groups_ext(mbedtls_ssl_context *ssl,
                                          const unsigned char *buf,
                                          size_t len)
{
]==])
edit(library/ssl_tls12_server.c [==[    ssl->handshake->curves_tls_id = curves_tls_id;

    p = buf + 2;
]==] [==[    ssl->handshake->curves_tls_id = curves_tls_id;
    ssl->handshake->ffdhe_group = mailtap_ffdhe_group_of(ssl, buf + 2, list_size);

    p = buf + 2;
]==])
edit(library/ssl_tls12_server.c [==[    if (mbedtls_ssl_ciphersuite_uses_ecdhe(suite_info) && !mailtap_has_common_curve(ssl)) {
]==] [==[    if (mbedtls_ssl_ciphersuite_uses_dhe(suite_info) && ssl->handshake->ffdhe_group == MAILTAP_FFDHE_FOREIGN) {
        ssl->handshake->is_ffdhe_refused = 1;
        return 0;
    }
    if (mbedtls_ssl_ciphersuite_uses_ecdhe(suite_info) && !mailtap_has_common_curve(ssl)) {
]==])
edit(library/ssl_tls12_server.c [==[        if (ssl->conf->dhm_P.p == NULL || ssl->conf->dhm_G.p == NULL) {
            MBEDTLS_SSL_DEBUG_MSG(1, ("no DH parameters set"));
            return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
        }

]==] [==[]==])
edit(library/ssl_tls12_server.c [==[        if ((ret = mbedtls_dhm_set_group(&ssl->handshake->dhm_ctx,
                                         &ssl->conf->dhm_P,
                                         &ssl->conf->dhm_G)) != 0) {
]==] [==[        if ((ret = mailtap_set_ffdhe_group(ssl, mbedtls_pk_get_bitlen(&mbedtls_ssl_own_cert(ssl)->pk))) != 0) {
]==])
edit(library/ssl_tls12_server.c [==[                                  "but none of them usable"));
        mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                       MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
]==] [==[                                  "but none of them usable"));
        mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                       ssl->handshake->is_ffdhe_refused ? MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY
                                                                        : MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
]==])
