/* Included by mbedTLS's rsa.c (tls/mbedtls/edits/interposed_rsa.cmake), which has no ALT option for these:
 * they become weak, so that those of hooks_rsa.cpp take their place in every call, and stay reachable under
 * another name. */
#pragma once

#include <common.h> /* first, as in rsa.c: it opens the structures */
#include <mbedtls/rsa.h>

#pragma weak mbedtls_rsa_public
#pragma weak mbedtls_rsa_private
#pragma weak mbedtls_rsa_free

int mailtap_portable_rsa_public(mbedtls_rsa_context*, const unsigned char*, unsigned char*)
    __attribute__((alias("mbedtls_rsa_public")));
int mailtap_portable_rsa_private(mbedtls_rsa_context*, int (*)(void*, unsigned char*, size_t), void*,
                                 const unsigned char*, unsigned char*)
    __attribute__((alias("mbedtls_rsa_private")));
void mailtap_portable_rsa_free(mbedtls_rsa_context*) __attribute__((alias("mbedtls_rsa_free")));

/* Has the linker take hooks_rsa.cpp from the archive: a weak definition alone would content it. */
extern const int mailtap_rsa_hooks;
static const int* const mailtap_rsa_hooks_wanted __attribute__((used)) = &mailtap_rsa_hooks;
