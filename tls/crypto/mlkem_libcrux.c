#include "tls/crypto/mlkem.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the header expects of OpenSSH; its own includes are in comments. */
#define fatal_f(...) abort()
#include <libcrux_mlkem768_sha3.h>

int mailtap_has_mlkem(void) {
  return 1;
}

const char* mailtap_mlkem_library(void) {
  return "libcrux (OpenSSH)";
}

int mailtap_mlkem_generate(const uint8_t seed[mailtap_mlkem_seed],
                           uint8_t public_key[mailtap_mlkem_public_key],
                           uint8_t private_key[mailtap_mlkem_private_key]) {
  uint8_t d_and_z[mailtap_mlkem_seed]; /* it takes its arguments by value, or as if it wrote to them */
  memcpy(d_and_z, seed, sizeof(d_and_z));
  struct libcrux_mlkem768_keypair pair = libcrux_ml_kem_mlkem768_portable_generate_key_pair(d_and_z);
  memcpy(public_key, pair.pk.value, mailtap_mlkem_public_key);
  memcpy(private_key, pair.sk.value, mailtap_mlkem_private_key);
  OPENSSL_cleanse(&pair, sizeof(pair));
  OPENSSL_cleanse(d_and_z, sizeof(d_and_z));
  return 1;
}

int mailtap_mlkem_encapsulate(const uint8_t public_key[mailtap_mlkem_public_key],
                              const uint8_t random[mailtap_mlkem_random],
                              uint8_t ciphertext[mailtap_mlkem_ciphertext],
                              uint8_t secret[mailtap_mlkem_secret]) {
  struct libcrux_mlkem768_pk key;
  uint8_t m[mailtap_mlkem_random];
  memcpy(key.value, public_key, mailtap_mlkem_public_key);
  if (!libcrux_ml_kem_mlkem768_portable_validate_public_key(&key)) return 0;
  memcpy(m, random, sizeof(m));
  struct libcrux_mlkem768_enc_result made = libcrux_ml_kem_mlkem768_portable_encapsulate(&key, m);
  memcpy(ciphertext, made.fst.value, mailtap_mlkem_ciphertext);
  memcpy(secret, made.snd, mailtap_mlkem_secret);
  OPENSSL_cleanse(&made, sizeof(made));
  OPENSSL_cleanse(m, sizeof(m));
  return 1;
}

int mailtap_mlkem_decapsulate(const uint8_t private_key[mailtap_mlkem_private_key],
                              const uint8_t ciphertext[mailtap_mlkem_ciphertext],
                              uint8_t secret[mailtap_mlkem_secret]) {
  struct libcrux_mlkem768_sk key;
  struct libcrux_mlkem768_ciphertext sealed;
  memcpy(key.value, private_key, mailtap_mlkem_private_key);
  memcpy(sealed.value, ciphertext, mailtap_mlkem_ciphertext);
  libcrux_ml_kem_mlkem768_portable_decapsulate(&key, &sealed, secret);
  OPENSSL_cleanse(&key, sizeof(key));
  return 1;
}
