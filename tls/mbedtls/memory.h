/* Where mbedTLS's memory comes from. Included before each of its files (tls/mbedtls/CMakeLists.txt).
 *
 * A handshake makes hundreds of small allocations, for numbers and hashes. glibc's calloc() goes past the
 * cache that malloc() has for each thread (before 2.41), straight to the lists of its heap; so these are
 * malloc()'s, cleared. A session's two record buffers, 17 KB each, are what another session of the thread has
 * given back, and aren't cleared but for their heads: clearing them was the larger part of all clearing. */
#ifndef MAILTAP_TLS_MBEDTLS_MEMORY_H
#define MAILTAP_TLS_MBEDTLS_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As calloc(), but for the size of a record buffer, of which only the head is cleared. */
void* mailtap_calloc(size_t count, size_t size);

/* A record buffer of this thread's, or NULL. What is in it is another session's ciphertext. */
unsigned char* mailtap_take_record_buffer(void);
/* Keeps a bounded number of them for others. */
void mailtap_put_record_buffer(unsigned char* buffer);

#ifdef __cplusplus
}
#endif

#endif
