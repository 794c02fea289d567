/* How much of a peer's is taken. For C and C++; docs/tls.md has them too. */
#ifndef MAILTAP_TLS_MBEDTLS_LIMITS_H
#define MAILTAP_TLS_MBEDTLS_LIMITS_H

/* A Certificate message with its header: a chain. Others hold 100 KB (OpenSSL, browsers). */
#define MAILTAP_MAX_CERTIFICATE_MESSAGE 262144 /* 256 KiB */

/* Every other handshake message with its header: the longest ClientHello that can be written (RFC 8446
 * section 4.1.2), with which CertificateRequest and NewSessionTicket fit too. */
#define MAILTAP_MAX_HANDSHAKE_MESSAGE (4 + 2 + 32 + 33 + 2 + 65534 + 256 + 2 + 65535)

/* Bytes of early data that are skipped. Servers that take it allow 16 KB as a rule. */
#define MAILTAP_MAX_EARLY_DATA 131072 /* 128 KiB */

/* KeyUpdates without application data between them. */
#define MAILTAP_MAX_KEY_UPDATES 1024

#endif
