#include "tls/mbedtls/hello_padding.h"

#include <string.h>

/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

enum { message_header = 4, shortest_hanging = 256, longest_hanging = 511, extension_header = 4 };

size_t mailtap_hello_padding_size(size_t size) {
  const size_t message = message_header + size;
  if (message < shortest_hanging || message > longest_hanging) return 0;
  const size_t missing = longest_hanging + 1 - message;
  /* Not an empty one: some servers don't take an empty extension as the last. */
  return missing > extension_header ? missing : extension_header + 1;
}

unsigned char* mailtap_pad_client_hello(const unsigned char* body, unsigned char* last,
                                        unsigned char* last_end, const unsigned char* end) {
  const size_t size = mailtap_hello_padding_size((size_t)(last_end - body));
  if (size == 0 || size > (size_t)(end - last_end)) return last_end;
  memmove(last + size, last, (size_t)(last_end - last));
  memset(last, 0, size);
  MBEDTLS_PUT_UINT16_BE(MBEDTLS_TLS_EXT_PADDING, last, 0);
  MBEDTLS_PUT_UINT16_BE(size - extension_header, last, 2);
  return last_end + size;
}
