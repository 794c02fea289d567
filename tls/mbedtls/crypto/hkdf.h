/* HKDF (RFC 5869) as TLS 1.3 uses it, by hashes alone; and, with SHA-384, in the lanes of sha512_lanes.h: a
 * key's two pads are hashed at the same time, and so are expansions that don't wait for one another. For
 * key_schedule.c. */
#ifndef MAILTAP_TLS_CRYPTO_MBEDTLS_HKDF_H
#define MAILTAP_TLS_CRYPTO_MBEDTLS_HKDF_H

#include <psa/crypto.h>
#include <stddef.h>

#define MAILTAP_SHA384_SIZE 48

/* One HKDF-Expand-Label (RFC 8446 section 7.1). `label` without "tls13 ", `context` may be NULL if it has no
 * bytes. */
struct mailtap_expansion {
  const unsigned char* secret; /* MAILTAP_SHA384_SIZE bytes */
  const unsigned char* label;
  size_t label_size;
  const unsigned char* context;
  size_t context_size;
  unsigned char* out;
  size_t size;
};

/* The backend has lanes, and the hash is theirs. */
int mailtap_hkdf_has_lanes(psa_algorithm_t hash_alg);

/* How many expansions are done at the same time at most. */
#define MAILTAP_MAX_EXPANSIONS 4

/* Whether an expansion is of one block: all of TLS 1.3's own are. */
int mailtap_fits_lanes(const struct mailtap_expansion* expansion);
/* 1 to MAILTAP_MAX_EXPANSIONS that fit. Those of the same secret have it at the same address. */
void mailtap_expand_in_lanes(const struct mailtap_expansion* expansions, size_t count);

/* HKDF-Extract with SHA-384 (hkdf_expand_label.c). `salt` and `out` have MAILTAP_SHA384_SIZE bytes. 0, or
 * mbedTLS's error. */
int mailtap_hkdf_extract_sha384(const unsigned char* salt, const unsigned char* input, size_t size,
                                unsigned char* out);

#endif
