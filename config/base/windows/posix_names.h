/* Functions of glibc's that sources call by name and Windows's libraries lack. Included before each source
 * (cmake/Compiler.cmake). */
#ifndef MAILTAP_CONFIG_BASE_WINDOWS_POSIX_NAMES_H
#define MAILTAP_CONFIG_BASE_WINDOWS_POSIX_NAMES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clears memory, also where the compiler sees that nobody reads it. */
void explicit_bzero(void* memory, size_t size);
/* The first place of `wanted` in `text`, or NULL. */
void* memmem(const void* text, size_t text_size, const void* wanted, size_t wanted_size);
/* What an old resolver takes for an IPv4 address (hexadecimal and octal too); 0: no. */
struct in_addr;
int inet_aton(const char* text, struct in_addr* address);

#ifdef __cplusplus
}
#endif

#endif
