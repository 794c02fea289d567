/* The messages of a TLS 1.2 handshake so far, kept for a client's CertificateVerify, whose signature is over
 * all of them with a hash that nobody knows before it comes (edits/tls12_certificate_verify.cmake). */
#ifndef MAILTAP_TLS_MBEDTLS_HANDSHAKE_TRANSCRIPT_H
#define MAILTAP_TLS_MBEDTLS_HANDSHAKE_TRANSCRIPT_H

#include <stddef.h>

struct mbedtls_ssl_context;

struct mailtap_transcript {
  unsigned char* bytes;
  size_t size;
  size_t room;
};

/* Nothing is kept but by a server that asks for a certificate, and by a client whose certificate has a key of
 * libcrypto's (foreign_key.h). 0 or MBEDTLS_ERR_SSL_ALLOC_FAILED. */
int mailtap_keep_handshake(struct mbedtls_ssl_context* ssl, const unsigned char* bytes, size_t size);
/* Of what is kept, by an mbedtls_md_type_t. 0 or mbedTLS's error. */
int mailtap_hash_handshake(struct mbedtls_ssl_context* ssl, int md_type, unsigned char* hash);
void mailtap_forget_handshake(struct mailtap_transcript* transcript);

#endif
