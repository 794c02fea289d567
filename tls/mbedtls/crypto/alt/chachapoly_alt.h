/* mbedTLS's ChaCha20-Poly1305 context (MBEDTLS_CHACHAPOLY_ALT): the key alone. */
#pragma once

typedef struct mbedtls_chachapoly_context {
  void* portable; /* mbedTLS's own context, where no other backend serves */
  unsigned char key[32];
} mbedtls_chachapoly_context;
