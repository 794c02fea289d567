# What: mbedtls_x509_get_sig_alg() of x509.c.
# Why: a certificate that is signed with Ed25519 or Ed448 (RFC 8410) is one to be presented and sent; mbedTLS verifies no
#   certificate here, it only reads them.
# Test: tests/tls/keys_test.cpp.

edit(library/x509.c [==[
    if ((ret = mbedtls_oid_get_sig_alg(sig_oid, md_alg, pk_alg)) != 0) {
        return MBEDTLS_ERROR_ADD(MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG, ret);
    }
]==] [==[
    if (sig_oid->len == 3 && sig_oid->p[0] == 0x2B && sig_oid->p[1] == 0x65 && (sig_oid->p[2] == 0x70 || sig_oid->p[2] == 0x71)) {
        *md_alg = MBEDTLS_MD_NONE;
        *pk_alg = MBEDTLS_PK_NONE;
    } else if ((ret = mbedtls_oid_get_sig_alg(sig_oid, md_alg, pk_alg)) != 0) {
        return MBEDTLS_ERROR_ADD(MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG, ret);
    }
]==])
