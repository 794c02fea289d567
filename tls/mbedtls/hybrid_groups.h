/* Key exchanges of TLS 1.3 by two algorithms at once, X25519MLKEM768 and SecP256r1MLKEM768
 * (draft-ietf-tls-ecdhe-mlkem), of which mbedTLS 3.6 has nothing.
 *
 *                       share                                secret
 *   X25519MLKEM768      ML-KEM's, X25519's                   ML-KEM's, X25519's
 *   SecP256r1MLKEM768   P-256's (uncompressed), ML-KEM's     P-256's (x), ML-KEM's
 *
 * ML-KEM's share of a client is a public key, of a server a ciphertext. The curve's half is mbedTLS's as
 * ever: for it such a group is one with elliptic curves (edits/hybrid_groups.cmake). A client that offers one
 * sends a second share, its curve's alone and the same, so that a server without ML-KEM needs no
 * HelloRetryRequest. */
#ifndef MAILTAP_TLS_MBEDTLS_HYBRID_GROUPS_H
#define MAILTAP_TLS_MBEDTLS_HYBRID_GROUPS_H

#include <mbedtls/ssl.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether it is one of them, and this build has ML-KEM. */
int mailtap_is_hybrid(uint16_t group);

/* Our share; of a server, with the client's read. `size`: what was written. */
int mailtap_write_hybrid_share(mbedtls_ssl_context* ssl, uint16_t group, unsigned char* at,
                               unsigned char* end, size_t* size);

/* A client's second entry behind the one of `group` whose share is at `share`; nothing (*size is 0) if the
 * curve isn't offered by itself or this is the hello after a HelloRetryRequest, which has one entry. */
int mailtap_write_twin_share(mbedtls_ssl_context* ssl, uint16_t group, const unsigned char* share,
                             unsigned char* at, unsigned char* end, size_t* size);
/* Whether `group` is that of the second entry. */
int mailtap_is_twin(const mbedtls_ssl_context* ssl, uint16_t group);

/* The peer's, its length before it. One that can't be is pended an illegal_parameter for. */
int mailtap_read_hybrid_share(mbedtls_ssl_context* ssl, uint16_t group, const unsigned char* share,
                              size_t size);

/* In: the curve's shared secret, of mbedtls_calloc(); out: both. Another group's is left as it is. */
int mailtap_add_hybrid_secret(mbedtls_ssl_context* ssl, unsigned char** secret, size_t* size);

/* Whatever is kept for an exchange, wiped. */
void mailtap_drop_hybrid(mbedtls_ssl_context* ssl);

/* --- ML-KEM with our randomness, as jobs (hooks_mlkem.cpp). 0, or mbedTLS's error --- */

/* Both keys, the public one first (tls/crypto/mlkem.h). */
int mailtap_kem_generate(unsigned char* keys);
/* Ciphertext and secret. MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER: the key isn't valid. */
int mailtap_kem_encapsulate(const unsigned char* public_key, unsigned char* ciphertext_and_secret);
int mailtap_kem_decapsulate(const unsigned char* private_key, const unsigned char* ciphertext,
                            unsigned char* secret);

#ifdef __cplusplus
}
#endif

#endif
