/* mbedTLS's GCM context (MBEDTLS_GCM_ALT): the key alone, as a connection holds two of them and expanding the
 * key takes a tenth of a microsecond. */
#pragma once

typedef struct mbedtls_gcm_context {
  void* portable; /* mbedTLS's own context, where no other backend serves */
  unsigned bits;  /* of the key; 0: none, or only in `portable` */
  unsigned char key[32];
} mbedtls_gcm_context;
