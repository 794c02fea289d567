/* All that is built of mbedTLS 2.28 (MBEDTLS_CONFIG_FILE): TLS 1.0 and 1.1 over a stream, keys exchanged by
 * RSA, and SSL 3 for who asks for it by name. What isn't written here isn't in the program: no elliptic curve
 * nor Diffie-Hellman, no DTLS, pre-shared keys, tickets, resumption, ALPN or compression, no
 * verification of certificates that anyone would call, no private keys (tls/legacy/main_engine_key.h has
 * them), no entropy, files, clock or PSA. docs/legacy.md lists what that is worth. */
#ifndef MAILTAP_TLS_LEGACY_MBEDTLS_CONFIG_H
#define MAILTAP_TLS_LEGACY_MBEDTLS_CONFIG_H

/* Versions and the hello of clients that also spoke SSL 2. */
#define MBEDTLS_SSL_PROTO_SSL3
#define MBEDTLS_SSL_PROTO_TLS1
#define MBEDTLS_SSL_PROTO_TLS1_1
#define MBEDTLS_SSL_SRV_SUPPORT_SSLV2_CLIENT_HELLO

/* Roles. */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_SRV_C
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES
#define MBEDTLS_SSL_EXPORT_KEYS   /* --keylog */
#define MBEDTLS_SSL_FALLBACK_SCSV /* the client's: a server that is new after all refuses (RFC 7507) */
#define MBEDTLS_SSL_RENEGOTIATION /* the server's, with RFC 5746: IIS asks for a client certificate by it */
#define MBEDTLS_SSL_CBC_RECORD_SPLITTING /* against BEAST: TLS 1.0's initialisation vectors are known */

/* Cipher suites: TLS_RSA_WITH_{AES_128,AES_256,3DES_EDE}_CBC_SHA, TLS_RSA_WITH_RC4_128_{SHA,MD5}. */
#define MBEDTLS_KEY_EXCHANGE_RSA_ENABLED
#define MBEDTLS_CIPHER_C
#define MBEDTLS_CIPHER_MODE_CBC
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES /* nothing is computed at the first use, by whichever thread */
#define MBEDTLS_AESNI_C
#define MBEDTLS_ARC4_C
#define MBEDTLS_DES_C
#define MBEDTLS_HAVE_ASM

/* Hashes: the first two for the protocol, the others so that certificates signed with them can be read. */
#define MBEDTLS_MD_C
#define MBEDTLS_MD5_C
#define MBEDTLS_SHA1_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA512_C

/* The peer's certificate and its RSA key. */
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_PK_RSA_ALT_SUPPORT
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_RSA_C

#define MBEDTLS_ERROR_C
#define MBEDTLS_VERSION_C

#include "mbedtls/check_config.h"

#endif
