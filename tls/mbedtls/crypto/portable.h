// mbedTLS's own implementations under the names that portable_names.h gives them, and those of rsa.c.
#pragma once

#include <cstddef>

#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>

extern "C" {

using mailtap_random = int (*)(void*, unsigned char*, std::size_t);

int mailtap_portable_ecdh_gen_public(mbedtls_ecp_group*, mbedtls_mpi* d, mbedtls_ecp_point* q, mailtap_random,
                                     void*);
int mailtap_portable_ecdh_compute_shared(mbedtls_ecp_group*, mbedtls_mpi* z, const mbedtls_ecp_point* q,
                                         const mbedtls_mpi* d, mailtap_random, void*);
int mailtap_portable_ecdsa_sign(mbedtls_ecp_group*, mbedtls_mpi* r, mbedtls_mpi* s, const mbedtls_mpi* d,
                                const unsigned char* hash, std::size_t size, mailtap_random, void*);
int mailtap_portable_ecdsa_verify(mbedtls_ecp_group*, const unsigned char* hash, std::size_t size,
                                  const mbedtls_ecp_point* q, const mbedtls_mpi* r, const mbedtls_mpi* s);

int mailtap_portable_rsa_public(mbedtls_rsa_context*, const unsigned char* input, unsigned char* output);
int mailtap_portable_rsa_private(mbedtls_rsa_context*, mailtap_random, void*, const unsigned char* input,
                                 unsigned char* output);
void mailtap_portable_rsa_free(mbedtls_rsa_context*);

int mailtap_portable_sha1_process(mbedtls_sha1_context*, const unsigned char* block);
int mailtap_portable_sha256_process(mbedtls_sha256_context*, const unsigned char* block);
int mailtap_portable_sha512_process(mbedtls_sha512_context*, const unsigned char* block);

}  // extern "C"
