/* The finite field group of a server's DHE key exchange in TLS 1.2 (RFC 7919). */
#ifndef MAILTAP_TLS_MBEDTLS_FFDHE_GROUPS_H
#define MAILTAP_TLS_MBEDTLS_FFDHE_GROUPS_H

#include <mbedtls/ssl.h>
#include <stddef.h>
#include <stdint.h>

/* What of a client's list counts: */
#define MAILTAP_FFDHE_UNLISTED 0 /* it has no finite field group: the server chooses */
#define MAILTAP_FFDHE_FOREIGN 1  /* it has such, none of which we have: no suite with DHE (section 4) */
/* else the first of its groups that we have */

/* `list`: the numbers of a supported_groups extension, of `size` bytes, even. */
uint16_t mailtap_ffdhe_group_of(const mbedtls_ssl_context* ssl, const unsigned char* list, size_t size);

/* Sets the group in the handshake's dhm_ctx: the client's, or one as strong as the RSA key of `key_bits`,
 * which a client that takes the certificate takes. 0, or mbedTLS's error. */
int mailtap_set_ffdhe_group(mbedtls_ssl_context* ssl, size_t key_bits);

/* Bytes of a secret exponent for such a prime of `size` bytes (section 5.2). */
int mailtap_ffdhe_exponent_size(size_t size);

#endif
