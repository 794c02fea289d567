# What: ssl_prepare_client_hello() of ssl_client.c, ssl_write_session_ticket_ext() of ssl_tls12_client.c,
#   ssl_tls13_has_configured_ticket() and ssl_tls13_preprocess_server_hello() of ssl_tls13_client.c, struct
#   mbedtls_ssl_handshake_params of ssl_misc.h.
# Why: mbedTLS offers a session's version alone, so that a server that has been given TLS 1.3 since is never asked for it, and
#   one that has lost a version refuses the hello. A hello may offer a session beside all versions (RFC 8446 sections 4.1.2 and
#   4.2.11): a ticket of TLS 1.2 goes into session_ticket, one of TLS 1.3 into pre_shared_key, and a server that chooses the
#   other version passes over it.
# Test: tests/tls/resumption_test.cpp, "a session is offered beside all versions".

edit(library/ssl_misc.h [==[struct mbedtls_ssl_handshake_params {
]==] [==[struct mbedtls_ssl_handshake_params {
    uint8_t offers_tls12_session; /* and maybe TLS 1.3 beside it */
]==])
edit(library/ssl_client.c [==[        if (ssl->handshake->resume) {
            ssl->tls_version = session_negotiate->tls_version;
            ssl->handshake->min_tls_version = ssl->tls_version;
        } else {
            ssl->handshake->min_tls_version = ssl->conf->min_tls_version;
        }
]==] [==[        if (ssl->handshake->resume &&
            session_negotiate->tls_version == MBEDTLS_SSL_VERSION_TLS1_2) {
            ssl->handshake->offers_tls12_session = 1;
        }
        ssl->handshake->min_tls_version = ssl->conf->min_tls_version;
]==])
edit(library/ssl_client.c [==[    if (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_2) {
        if (session_id_len < 16 || session_id_len > 32 ||
]==] [==[    if (!ssl->handshake->hello_retry_request_flag &&
        (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_2 ||
         ssl->handshake->offers_tls12_session)) {
        if (session_id_len < 16 || session_id_len > 32 ||
]==])
edit(library/ssl_client.c [==[    if (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_3) {
        /*
         * Create a legacy session identifier for the purpose of middlebox
]==] [==[    if (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_3 &&
        (session_id_len == 0 || !ssl->handshake->offers_tls12_session)) {
        /*
         * Create a legacy session identifier for the purpose of middlebox
]==])
edit(library/ssl_client.c [==[    if (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_3  &&
        ssl->handshake->resume) {
        int hostname_mismatch]==] [==[    if (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_3  &&
        ssl->handshake->resume && !ssl->handshake->offers_tls12_session) {
        int hostname_mismatch]==])
edit(library/ssl_tls12_client.c [==[    size_t tlen = ssl->session_negotiate->ticket_len;

    *olen = 0;
]==] [==[    size_t tlen = ssl->session_negotiate->ticket_len;
    if (ssl->session_negotiate->tls_version == MBEDTLS_SSL_VERSION_TLS1_3 &&
        !ssl->handshake->offers_tls12_session) {
        tlen = 0;
    }

    *olen = 0;
]==])
edit(library/ssl_tls13_client.c [==[    return ssl->handshake->resume &&
           session != NULL && session->ticket != NULL &&
]==] [==[    return ssl->handshake->resume && !ssl->handshake->offers_tls12_session &&
           session != NULL && session->ticket != NULL &&
]==])
edit(library/ssl_tls13_client.c [==[#define SSL_SERVER_HELLO_TLS1_2 2
]==] [==[#define SSL_SERVER_HELLO_TLS1_2 2
/* The server has chosen another version than the session's. */
static void ssl_tls13_leave_offered_session(mbedtls_ssl_context *ssl)
{
    ssl->handshake->resume = 0;
    mbedtls_zeroize_and_free(ssl->session_negotiate->ticket,
                             ssl->session_negotiate->ticket_len);
    ssl->session_negotiate->ticket = NULL;
    ssl->session_negotiate->ticket_len = 0;
}

]==])
edit(library/ssl_tls13_client.c [==[        ssl->keep_current_message = 1;
        ssl->tls_version = MBEDTLS_SSL_VERSION_TLS1_2;
        MBEDTLS_SSL_PROC_CHK(mbedtls_ssl_add_hs_msg_to_checksum(
]==] [==[        ssl->keep_current_message = 1;
        if (!handshake->offers_tls12_session) {
            ssl_tls13_leave_offered_session(ssl);
        }
        ssl->tls_version = MBEDTLS_SSL_VERSION_TLS1_2;
        MBEDTLS_SSL_PROC_CHK(mbedtls_ssl_add_hs_msg_to_checksum(
]==])
edit(library/ssl_tls13_client.c [==[        case SSL_SERVER_HELLO:
            MBEDTLS_SSL_DEBUG_MSG(2, ("received ServerHello message"));
            break;
]==] [==[        case SSL_SERVER_HELLO:
            MBEDTLS_SSL_DEBUG_MSG(2, ("received ServerHello message"));
            if (handshake->offers_tls12_session) {
                ssl_tls13_leave_offered_session(ssl);
            }
            break;
]==])
