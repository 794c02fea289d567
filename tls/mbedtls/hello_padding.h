/* The padding of a client's hello (RFC 7685): some servers never answer one whose handshake message has
 * between 256 and 511 bytes (section 1). Called from mbedTLS's source
 * (tls/mbedtls/edits/hello_padding.cmake). */
#ifndef MAILTAP_TLS_MBEDTLS_HELLO_PADDING_H
#define MAILTAP_TLS_MBEDTLS_HELLO_PADDING_H

#include <stddef.h>

/* How many bytes the extension `padding` takes, its header among them, in a ClientHello whose body has `size`
 * bytes without it; 0: none is needed. */
size_t mailtap_hello_padding_size(size_t size);

/* Puts the extension before what is from `last` to `last_end`: pre_shared_key, which nothing may follow (RFC
 * 8446 section 4.2.11), or nothing. `body`: where the hello's body begins; `end`: of the buffer. Returns the
 * hello's new end. Where the buffer has no room the hello stays as it is. */
unsigned char* mailtap_pad_client_hello(const unsigned char* body, unsigned char* last,
                                        unsigned char* last_end, const unsigned char* end);

#endif
