/* Keys that mbedTLS 3.6 has no code for, computed with by libcrypto: Ed25519, Ed448, id-RSASSA-PSS, and RSA
 * longer than its numbers are (MBEDTLS_MPI_MAX_SIZE). Such a key is an mbedtls_pk_context as any other, of
 * the type MAILTAP_PK_FOREIGN (edits/foreign_keys.cmake), so that certificates with it are parsed and a
 * server's chain is known whatever its key; what signs and verifies asks for it first (signature_schemes.h).
 */
#ifndef MAILTAP_TLS_MBEDTLS_FOREIGN_KEY_H
#define MAILTAP_TLS_MBEDTLS_FOREIGN_KEY_H

#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mailtap_foreign_kind {
  MAILTAP_FOREIGN_NONE, /* mbedTLS's own */
  MAILTAP_FOREIGN_RSA,
  MAILTAP_FOREIGN_RSA_PSS,
  MAILTAP_FOREIGN_ED25519,
  MAILTAP_FOREIGN_ED448,
  MAILTAP_FOREIGN_UNKNOWN, /* nothing computes with it (DSA, a strange curve): its certificate is read, no
                              more */
};

enum mailtap_foreign_kind mailtap_foreign_kind_of(const mbedtls_pk_context* pk);

/* From a SubjectPublicKeyInfo, into a `pk` without a key yet. `otherwise` if it is none. */
int mailtap_parse_foreign_public_key(mbedtls_pk_context* pk, const unsigned char* spki, size_t size,
                                     int otherwise);
/* From a PrivateKeyInfo (RFC 5208 section 5). `otherwise` if it is of none of the kinds above. */
int mailtap_parse_foreign_private_key(mbedtls_pk_context* pk, const unsigned char* pkcs8, size_t size,
                                      int otherwise);

/* A new key into a `pk` without one: of Ed25519, Ed448, or id-RSASSA-PSS with `bits`. 0, or mbedTLS's error.
 */
int mailtap_make_foreign_key(mbedtls_pk_context* pk, enum mailtap_foreign_kind kind, unsigned bits);
/* Its SubjectPublicKeyInfo and its PrivateKeyInfo in DER, to the beginning of `out`: their length, or
 * mbedTLS's error. */
int mailtap_write_foreign_public_key(const mbedtls_pk_context* pk, unsigned char* out, size_t room);
int mailtap_write_foreign_private_key(const mbedtls_pk_context* pk, unsigned char* out, size_t room);

enum mailtap_padding { MAILTAP_PADDING_NONE, MAILTAP_PADDING_PKCS1, MAILTAP_PADDING_PSS };

/* 0: good. With MAILTAP_PADDING_NONE `hash` is MBEDTLS_MD_NONE: EdDSA hashes by itself. PSS: with a salt as
 * long as the hash. */
int mailtap_foreign_verify(const mbedtls_pk_context* pk, enum mailtap_padding padding, mbedtls_md_type_t hash,
                           const unsigned char* message, size_t message_size, const unsigned char* signature,
                           size_t signature_size);
int mailtap_foreign_sign(const mbedtls_pk_context* pk, enum mailtap_padding padding, mbedtls_md_type_t hash,
                         const unsigned char* message, size_t message_size, unsigned char* signature,
                         size_t room, size_t* size);
/* Whether the key may be used so: the parameters of an id-RSASSA-PSS key can demand one hash (RFC 4055
 * section 3.1). */
int mailtap_foreign_takes(const mbedtls_pk_context* pk, enum mailtap_padding padding, mbedtls_md_type_t hash);

#ifdef __cplusplus
}
#endif

#endif
