# What: 3DES in TLS 1.2, which RFC 5246 and RFC 8422 have: its four suites in ssl_ciphersuites.c. Nobody is offered them unless a
#   configuration lists them (tls/engine/policy.cpp).
# Why: mbedTLS 3 has the cipher and no suite of it; servers that were hardened when RC4 fell may have nothing else.
# Test: tests/tls/suites_test.cpp, "3DES in TLS 1.2"; tests/e2e/legacy_test.py.

edit(library/ssl_ciphersuites.c [==[static const mbedtls_ssl_ciphersuite_t ciphersuite_definitions[] =
{
]==] [==[static const mbedtls_ssl_ciphersuite_t ciphersuite_definitions[] =
{
#define MAILTAP_TRIPLE_DES(number, name, exchange) \
    { number, name, MBEDTLS_CIPHER_DES_EDE3_CBC, MBEDTLS_MD_SHA1, exchange, 0, \
      MBEDTLS_SSL_VERSION_TLS1_2, MBEDTLS_SSL_VERSION_TLS1_2 }
    MAILTAP_TRIPLE_DES(0x000A, "TLS-RSA-WITH-3DES-EDE-CBC-SHA", MBEDTLS_KEY_EXCHANGE_RSA),
    MAILTAP_TRIPLE_DES(0x0016, "TLS-DHE-RSA-WITH-3DES-EDE-CBC-SHA", MBEDTLS_KEY_EXCHANGE_DHE_RSA),
    MAILTAP_TRIPLE_DES(0xC008, "TLS-ECDHE-ECDSA-WITH-3DES-EDE-CBC-SHA", MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA),
    MAILTAP_TRIPLE_DES(0xC012, "TLS-ECDHE-RSA-WITH-3DES-EDE-CBC-SHA", MBEDTLS_KEY_EXCHANGE_ECDHE_RSA),
#undef MAILTAP_TRIPLE_DES

]==])
