/* ML-KEM-768 (FIPS 203): the half of a hybrid key exchange that a quantum computer doesn't break. By one of
 *
 *   mlkem_libcrypto.cpp  OpenSSL's libcrypto, from 3.5 on
 *   mlkem_libcrux.c      libcrux's verified C, as OpenSSH carries it, where libcrypto is older
 *   mlkem_none.cpp       nothing: hybrid groups are neither offered nor taken
 *
 * which the build chooses (CMakeLists.txt). Deterministic: randomness is the caller's, so that known answers
 * hold for all of them. C, for mbedTLS's side. libcrux's takes up to 40 KB of stack, more than a fiber has:
 * handshakes come by jobs (job.h), which are done on the thread's own. */
#ifndef MAILTAP_TLS_CRYPTO_MLKEM_H
#define MAILTAP_TLS_CRYPTO_MLKEM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  mailtap_mlkem_public_key = 1184,
  mailtap_mlkem_private_key = 2400, /* expanded, as FIPS 203 section 7.1 writes dk */
  mailtap_mlkem_ciphertext = 1088,
  mailtap_mlkem_secret = 32,
  mailtap_mlkem_seed = 64,  /* d and z */
  mailtap_mlkem_random = 32 /* m */
};

/* Whether this build, and the library that it runs with, have it. The others fail without. */
int mailtap_has_mlkem(void);

/* For a person: "libcrux (OpenSSH)"; empty without. */
const char* mailtap_mlkem_library(void);

/* Each 1; or 0, and then what was to be written is undefined. */

/* FIPS 203 section 6.1. */
int mailtap_mlkem_generate(const uint8_t seed[mailtap_mlkem_seed],
                           uint8_t public_key[mailtap_mlkem_public_key],
                           uint8_t private_key[mailtap_mlkem_private_key]);

/* Section 6.2. 0 too for a public key whose numbers aren't below the modulus (section 7.2). */
int mailtap_mlkem_encapsulate(const uint8_t public_key[mailtap_mlkem_public_key],
                              const uint8_t random[mailtap_mlkem_random],
                              uint8_t ciphertext[mailtap_mlkem_ciphertext],
                              uint8_t secret[mailtap_mlkem_secret]);

/* Section 6.3. A ciphertext that wasn't made for this key gives a secret that nobody else has. */
int mailtap_mlkem_decapsulate(const uint8_t private_key[mailtap_mlkem_private_key],
                              const uint8_t ciphertext[mailtap_mlkem_ciphertext],
                              uint8_t secret[mailtap_mlkem_secret]);

#ifdef __cplusplus
}
#endif

#endif
