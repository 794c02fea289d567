# What: mbedtls_pk_type_t, mbedtls_pk_parse_subpubkey() and pk_parse_key_pkcs8_unencrypted_der() of pkparse.c.
# Why: Ed25519 and Ed448 (RFC 8410), id-RSASSA-PSS (RFC 4055 section 3.1) and RSA of more than 8,192 bits, which mbedTLS
#   can't read, become keys of libcrypto's (tls/mbedtls/foreign_key.h), so that a certificate with one is parsed.
# Test: tests/tls/keys_test.cpp.

edit(include/mbedtls/pk.h [==[    MBEDTLS_PK_OPAQUE,
} mbedtls_pk_type_t;]==] [==[    MBEDTLS_PK_OPAQUE,
    MAILTAP_PK_FOREIGN,
} mbedtls_pk_type_t;]==])
edit(library/pkparse.c [==[#include "pk_internal.h"
]==] [==[#include "pk_internal.h"
#include "tls/mbedtls/foreign_key.h"
]==])
edit(library/pkparse.c [==[
int mbedtls_pk_parse_subpubkey(unsigned char **p, const unsigned char *end,
                               mbedtls_pk_context *pk)
{
]==] [==[
static int mailtap_parse_own_subpubkey(unsigned char **p, const unsigned char *end,
                                       mbedtls_pk_context *pk);

int mbedtls_pk_parse_subpubkey(unsigned char **p, const unsigned char *end,
                               mbedtls_pk_context *pk)
{
    unsigned char *const begin = *p;
    unsigned char *whole = *p;
    size_t len;
    const int ret = mailtap_parse_own_subpubkey(p, end, pk);
    if (ret == 0 || mbedtls_asn1_get_tag(&whole, end, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) != 0) {
        return ret;
    }
    *p = whole + len;
    return mailtap_parse_foreign_public_key(pk, begin, (size_t) (*p - begin), ret);
}

static int mailtap_parse_own_subpubkey(unsigned char **p, const unsigned char *end,
                                       mbedtls_pk_context *pk)
{
]==])
edit(library/pkparse.c [==[
    if ((ret = pk_get_pk_alg(&p, end, &pk_alg, &params, &ec_grp_id)) != 0) {
        return ret;
    }

    if ((ret = mbedtls_asn1_get_tag(&p, end, &len, MBEDTLS_ASN1_OCTET_STRING)) != 0) {
]==] [==[
    if ((ret = pk_get_pk_alg(&p, end, &pk_alg, &params, &ec_grp_id)) != 0) {
        return mailtap_parse_foreign_private_key(pk, key, keylen, ret);
    }

    if ((ret = mbedtls_asn1_get_tag(&p, end, &len, MBEDTLS_ASN1_OCTET_STRING)) != 0) {
]==])
