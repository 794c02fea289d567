/* Client certificates, as far as mbedTLS 3.6 doesn't do them: the signature that the server asked for, what
 * was asked and shown, and questions after the handshake (RFC 8446 section 4.6.2). Called from mbedTLS's
 * source (tls/mbedtls/edits/client_certificate.cmake, post_handshake_auth.cmake), and by tls/ through
 * mbedtls_engine.h. What returns int returns 0 or mbedTLS's error. */
#ifndef MAILTAP_TLS_MBEDTLS_CLIENT_CERTIFICATE_H
#define MAILTAP_TLS_MBEDTLS_CLIENT_CERTIFICATE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mbedtls_ssl_context;
struct mbedtls_md_context_t;

enum { mailtap_certificate_context_size = 8 };

/* Kinds of key that a CertificateRequest's algorithms are for; no bit: of none that mailtap has. */
enum { mailtap_wants_rsa = 1, mailtap_wants_ecdsa = 2, mailtap_wants_eddsa = 4 };

/* Part of each mbedtls_ssl_context, zero at first. */
struct mailtap_certificates {
  unsigned requests;          /* client: CertificateRequests that have been read */
  int is_shown;               /* client: the answer to the last of them is a certificate */
  unsigned char is_unfit;     /* client: it isn't, as the key can't sign by any algorithm that was listed */
  unsigned char wanted_kinds; /* client: which keys those are for */
  unsigned refused_renegotiations; /* either role: the peer was told no_renegotiation */
  int awaited; /* TLS 1.3 server: HandshakeType that answers its question; 0: it asked none */
  unsigned char context[mailtap_certificate_context_size]; /* TLS 1.3 server: of its question */
  unsigned char signature[2]; /* TLS 1.2 client: SignatureAndHashAlgorithm of its CertificateVerify */
};

/* Part of a client's mbedtls_ssl_handshake_params where it may have to sign: hashes of all handshake messages
 * that mbedTLS doesn't keep. */
struct mailtap_hashes;

/* --- TLS 1.2 client --- */

/* At the beginning of a handshake. */
int mailtap_begin_hashes(struct mbedtls_ssl_context* ssl);
/* mbedTLS is about to keep one hash alone. 1: all are needed. */
int mailtap_needs_all_hashes(struct mbedtls_ssl_context* ssl);
void mailtap_free_hashes(struct mailtap_hashes* hashes);
/* A CertificateRequest has been read, with these SignatureAndHashAlgorithms. Where the key can't do any of
 * them, an empty Certificate will be sent (RFC 5246 section 7.4.6). */
void mailtap_certificate_requested_tls12(struct mbedtls_ssl_context* ssl, const unsigned char* algorithms,
                                         size_t size);
/* Signs by the algorithm chosen then, and sends the message. */
int mailtap_write_certificate_verify(struct mbedtls_ssl_context* ssl);

/* --- TLS 1.3 client --- */

/* A CertificateRequest has been read; as above (RFC 8446 section 4.4.2). */
void mailtap_certificate_requested_tls13(struct mbedtls_ssl_context* ssl);
/* The extension post_handshake_auth of a hello. */
int mailtap_write_post_handshake_auth_ext(struct mbedtls_ssl_context* ssl, unsigned char* buf,
                                          unsigned char* end, size_t* out_len);
/* The message that was just read is a CertificateRequest. */
int mailtap_answer_certificate_request(struct mbedtls_ssl_context* ssl);

/* --- TLS 1.3 server --- */

/* Asks a client that offered post_handshake_auth, after the handshake and once. */
int mailtap_request_certificate(struct mbedtls_ssl_context* ssl);
/* The message that was just read is of the answer. */
int mailtap_is_certificate_awaited(const struct mbedtls_ssl_context* ssl);
int mailtap_take_certificate_answer(struct mbedtls_ssl_context* ssl);
/* How many bytes of a Certificate's certificate_request_context are the question's. */
size_t mailtap_certificate_context_in(const struct mbedtls_ssl_context* ssl, const unsigned char* message,
                                      const unsigned char* end);

#ifdef __cplusplus
}
#endif

#endif
