/* The signature schemes of handshakes (IANA, "TLS SignatureScheme"): which key each goes with, in which
 * version, and those that mbedTLS 3.6 lacks: ed25519, ed448, rsa_pss_pss_* and brainpool's in TLS 1.3,
 * rsa_pss_rsae_* signed with in TLS 1.2. */
#ifndef MAILTAP_TLS_MBEDTLS_SIGNATURE_SCHEMES_H
#define MAILTAP_TLS_MBEDTLS_SIGNATURE_SCHEMES_H

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif
#include <stddef.h>
#include <stdint.h>

/* Whether a hello that offers these versions may list it. SHA-1's and SHA-224's are TLS 1.2's alone, as RFC
 * 8446 section 4.2.3 wants. */
int mailtap_may_offer(uint16_t scheme, mbedtls_ssl_protocol_version oldest,
                      mbedtls_ssl_protocol_version newest);

/* Whether a key signs a handshake of this version so. TLS 1.3 has neither PKCS #1 v1.5 nor SHA-1 or SHA-224
 * (RFC 8446 section 4.4.3), and ties each of ECDSA's schemes to a curve. */
int mailtap_scheme_fits(const mbedtls_pk_context* key, uint16_t scheme, mbedtls_ssl_protocol_version version);

/* Whether the functions below make and verify such a signature, and mbedTLS's own don't. */
int mailtap_signs(const mbedtls_pk_context* key, uint16_t scheme, mbedtls_ssl_protocol_version version);

/* A signature over `message` (RFC 8446 section 4.4.3; RFC 5246 section 7.4.3), by a scheme that fits the key.
 * 0, or mbedTLS's error. */
int mailtap_verify(mbedtls_pk_context* key, uint16_t scheme, const unsigned char* message,
                   size_t message_size, const unsigned char* signature, size_t signature_size);
int mailtap_sign(mbedtls_ssl_context* ssl, mbedtls_pk_context* key, uint16_t scheme,
                 const unsigned char* message, size_t message_size, unsigned char* signature, size_t room,
                 size_t* size);

/* --- TLS 1.2, by the server's private key that was picked --- */

/* Whether a key may serve a suite whose certificates are of mbedTLS's type `suite_key`. */
int mailtap_key_fits_suite(const mbedtls_pk_context* key, mbedtls_pk_type_t suite_key,
                           mbedtls_key_exchange_type_t exchange);
/* The scheme, of those that the client listed, that mailtap signs ServerKeyExchange with; 0: mbedTLS does. */
uint16_t mailtap_tls12_scheme(const mbedtls_ssl_context* ssl);
/* Whether anything that the client listed goes with the key. */
int mailtap_tls12_can_sign(mbedtls_ssl_context* ssl, mbedtls_pk_type_t suite_signature);
/* Appends scheme and signature to the message in ssl->out_msg, but for the signature's two bytes of length.
 */
int mailtap_sign_server_key_exchange(mbedtls_ssl_context* ssl, uint16_t scheme,
                                     const unsigned char* parameters, size_t parameters_size,
                                     size_t out_buffer_size, size_t* signature_size);
/* `at`: behind the scheme. Sends the alert if it is to be refused. */
int mailtap_verify_server_key_exchange(mbedtls_ssl_context* ssl, mbedtls_pk_context* key, uint16_t scheme,
                                       const unsigned char* parameters, size_t parameters_size,
                                       const unsigned char* at, const unsigned char* end);

/* A client's CertificateVerify, over the messages that are kept (handshake_transcript.h). `at`: the scheme.
 * The alert is pended. */
int mailtap_verify_client_signature(mbedtls_ssl_context* ssl, mbedtls_pk_context* key,
                                    const unsigned char* at, const unsigned char* end);

/* --- TLS 1.3 --- */

/* `at`: behind the scheme. The alert is pended. */
int mailtap_verify_certificate_verify(mbedtls_ssl_context* ssl, mbedtls_pk_context* key, uint16_t scheme,
                                      const unsigned char* at, const unsigned char* end,
                                      const unsigned char* content, size_t content_size);

#ifdef __cplusplus
}
#endif

#endif
