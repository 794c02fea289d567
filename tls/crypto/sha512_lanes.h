/* SHA-512's compression (FIPS 180-4 section 6.4.2), which is SHA-384's too, of eight blocks that have nothing
 * to do with one another, in the time that two take: by AVX-512, a lane each. For derivations of keys, which
 * hash many blocks of which few wait for others; whatever is hashed in a row is OpenSSL's (hash_blocks.h). C,
 * so that nothing that is compiled for this CPU is linked into anything else. */
#ifndef MAILTAP_TLS_CRYPTO_SHA512_LANES_H
#define MAILTAP_TLS_CRYPTO_SHA512_LANES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { mailtap_sha512_lanes = 8, mailtap_sha512_block = 128 };

/* [word of the state][lane] */
typedef uint64_t mailtap_sha512_states[8][mailtap_sha512_lanes];

/* Whether this build and this CPU have it. */
int mailtap_has_sha512_lanes(void);

/* Each lane's state by its block. Only if mailtap_has_sha512_lanes(). */
void mailtap_sha512_in_lanes(mailtap_sha512_states states,
                             const unsigned char blocks[mailtap_sha512_lanes][mailtap_sha512_block]);

#ifdef __cplusplus
}
#endif

#endif
