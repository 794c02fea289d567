/* Included by mbedTLS's psa_crypto_ecp.c (tls/mbedtls/edits/interposed_ecdh.cmake): PSA's key
 * agreement and its making of keys become weak, so that those of hooks_psa.cpp take their place, and stay
 * reachable under other names. */
#pragma once

#include <common.h> /* first, as in psa_crypto_ecp.c: it opens the structures */

#include "psa_crypto_ecp.h"

#pragma weak mbedtls_psa_key_agreement_ecdh
#pragma weak mbedtls_psa_ecp_generate_key

psa_status_t mailtap_portable_psa_ecdh(const psa_key_attributes_t*, const uint8_t*, size_t, psa_algorithm_t,
                                       const uint8_t*, size_t, uint8_t*, size_t, size_t*)
    __attribute__((alias("mbedtls_psa_key_agreement_ecdh")));
psa_status_t mailtap_portable_psa_ecp_generate_key(const psa_key_attributes_t*, uint8_t*, size_t, size_t*)
    __attribute__((alias("mbedtls_psa_ecp_generate_key")));
