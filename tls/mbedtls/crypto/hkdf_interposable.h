/* Included by mbedTLS's ssl_tls13_keys.c (tls/mbedtls/edits/interposed_hkdf.cmake): its
 * HKDF-Expand-Label becomes weak, so that the one of hkdf_expand_label.c takes its place in every call, and
 * stays reachable under another name. So do the steps of the key schedule that key_schedule.c has. */
#pragma once

#include <common.h> /* first, as in ssl_tls13_keys.c: it opens the structures */

#include "ssl_misc.h"
#include "ssl_tls13_keys.h"

#pragma weak mbedtls_ssl_tls13_hkdf_expand_label
#pragma weak mbedtls_ssl_tls13_make_traffic_keys
#pragma weak mbedtls_ssl_tls13_derive_handshake_secrets
#pragma weak mbedtls_ssl_tls13_derive_application_secrets
#pragma weak mbedtls_ssl_tls13_evolve_secret

int mailtap_portable_hkdf_expand_label(psa_algorithm_t, const unsigned char*, size_t, const unsigned char*,
                                       size_t, const unsigned char*, size_t, unsigned char*, size_t)
    __attribute__((alias("mbedtls_ssl_tls13_hkdf_expand_label")));

int mailtap_portable_evolve_secret(psa_algorithm_t, const unsigned char*, const unsigned char*, size_t,
                                   unsigned char*) __attribute__((alias("mbedtls_ssl_tls13_evolve_secret")));

int mailtap_portable_make_traffic_keys(psa_algorithm_t, const unsigned char*, const unsigned char*, size_t,
                                       size_t, size_t, mbedtls_ssl_key_set*)
    __attribute__((alias("mbedtls_ssl_tls13_make_traffic_keys")));

int mailtap_portable_derive_handshake_secrets(psa_algorithm_t, unsigned char const*, unsigned char const*,
                                              size_t, mbedtls_ssl_tls13_handshake_secrets*)
    __attribute__((alias("mbedtls_ssl_tls13_derive_handshake_secrets")));

int mailtap_portable_derive_application_secrets(psa_algorithm_t, unsigned char const*, unsigned char const*,
                                                size_t, mbedtls_ssl_tls13_application_secrets*)
    __attribute__((alias("mbedtls_ssl_tls13_derive_application_secrets")));

/* Has the linker take hkdf_expand_label.c and key_schedule.c from the archive: a weak definition alone would
 * content it. */
extern const int mailtap_hkdf_hook;
static const int* const mailtap_hkdf_hook_wanted __attribute__((used)) = &mailtap_hkdf_hook;
extern const int mailtap_key_schedule_hook;
static const int* const mailtap_key_schedule_hook_wanted __attribute__((used)) = &mailtap_key_schedule_hook;
