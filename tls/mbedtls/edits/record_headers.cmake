# What: ssl_parse_record_header() and ssl_get_next_record() of ssl_msg.c.
# Why: a record's version is nothing but a major number that must be 3 (RFC 8446 section 5.1: it MUST be ignored; RFC 5246
#   appendix E.1). mbedTLS refuses those above the newest that it has. A record that is longer than its kind may be is refused
#   before it is read, with record_overflow (RFC 8446 sections 5.1 and 5.2, RFC 5246 section 6.2): mbedTLS answers
#   internal_error or bad_record_mac. A protected record of no bytes has no room for what protects it: bad_record_mac (RFC 5246
#   section 7.2.2), where mbedTLS answers unexpected_message.
# Test: tests/tls/alerts_test.cpp, "a record's version is ignored", "records that are too long" and "a protected record of no
#   bytes".

edit(library/ssl_msg.c [==[    if (tls_version > ssl->conf->max_tls_version) {
        MBEDTLS_SSL_DEBUG_MSG(1, ("TLS version mismatch: got %u, expected max %u",]==]
                       [==[    if (rec->ver[0] != 3) {
        MBEDTLS_SSL_DEBUG_MSG(1, ("TLS version mismatch: got %u, expected max %u",]==])
edit(library/ssl_msg.c [==[    ret = ssl_parse_record_header(ssl, ssl->in_hdr, ssl->in_left, &rec);
    if (ret != 0) {
]==] [==[    ret = ssl_parse_record_header(ssl, ssl->in_hdr, ssl->in_left, &rec);
    if (ret == 0) {
        ret = mailtap_check_record_size(ssl, &rec);
    }
    if (ret != 0) {
]==])
edit(library/ssl_msg.c [==[MBEDTLS_CHECK_RETURN_CRITICAL
static int ssl_get_next_record(mbedtls_ssl_context *ssl)
{
]==] [==[/* What the peer may send at most: plaintext; protected by TLS 1.3; protected by TLS 1.2, of which no record needs as
 * much as is allowed to, and the buffer has what it needs. */
static int mailtap_check_record_size(mbedtls_ssl_context *ssl, const mbedtls_record *rec)
{
    size_t most = MBEDTLS_SSL_IN_CONTENT_LEN;
    const size_t room = ssl->in_buf_len - (size_t) (ssl->in_hdr - ssl->in_buf) - rec->data_offset;
    if (ssl->transform_in == NULL) {
        /* Early data that is skipped is protected. */
        if (rec->type == MBEDTLS_SSL_MSG_APPLICATION_DATA) {
            most += 256;
        }
    } else if (ssl->transform_in->tls_version == MBEDTLS_SSL_VERSION_TLS1_3) {
        most += 256;
    } else {
        most = room;
    }
    if (rec->data_len <= most) {
        return 0;
    }
    MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW, MBEDTLS_ERR_SSL_INVALID_RECORD);
    return MBEDTLS_ERR_SSL_INVALID_RECORD;
}

MBEDTLS_CHECK_RETURN_CRITICAL
static int ssl_get_next_record(mbedtls_ssl_context *ssl)
{
]==])
edit(library/ssl_msg.c [==[        MBEDTLS_SSL_DEBUG_MSG(1, ("rejecting empty record"));
        return MBEDTLS_ERR_SSL_INVALID_RECORD;
]==] [==[        MBEDTLS_SSL_DEBUG_MSG(1, ("rejecting empty record"));
        if (ssl->transform_in != NULL) {
            MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC, MBEDTLS_ERR_SSL_INVALID_MAC);
            return MBEDTLS_ERR_SSL_INVALID_MAC;
        }
        return MBEDTLS_ERR_SSL_INVALID_RECORD;
]==])
