/* mbedTLS's two record buffers, 17 KB each, taken from a session while it has nothing in them and given back
 * before it needs them. What mbedTLS's own handle_buffer_resizing() moves, these move: the buffer, the
 * pointers into it, and the counter of received records, which lies in its first bytes. Compiled with
 * mbedTLS, whose internal header it reads. For a handshake message above a record a buffer is larger for a
 * while (tls/mbedtls/handshake_messages.h), and then isn't taken. */
#ifndef MAILTAP_TLS_MBEDTLS_RECORD_BUFFERS_H
#define MAILTAP_TLS_MBEDTLS_RECORD_BUFFERS_H

#include <mbedtls/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of both. */
extern const size_t mailtap_record_buffer_size;

struct mailtap_in_buffer_state {
  unsigned char counter[8];
  unsigned short hdr, len, iv, msg; /* offsets */
};
struct mailtap_out_buffer_state {
  unsigned short hdr, len, iv, msg;
};

/* The buffer, now the caller's, or NULL if a record, or a part of one, is in it, or it is smaller because the
 * peers have agreed on smaller records. Between handshakes only. */
unsigned char* mailtap_take_in_buffer(mbedtls_ssl_context* ssl, struct mailtap_in_buffer_state* state);
unsigned char* mailtap_take_out_buffer(mbedtls_ssl_context* ssl, struct mailtap_out_buffer_state* state);

/* `buffer`: from calloc(), mailtap_record_buffer_size bytes; mbedtls_ssl_free() frees it. */
void mailtap_give_in_buffer(mbedtls_ssl_context* ssl, unsigned char* buffer,
                            const struct mailtap_in_buffer_state* state);
void mailtap_give_out_buffer(mbedtls_ssl_context* ssl, unsigned char* buffer,
                             const struct mailtap_out_buffer_state* state);

/* Both, whatever is in them: the session is about to be freed. NULL: it hasn't one, or of another size. */
unsigned char* mailtap_drop_in_buffer(mbedtls_ssl_context* ssl);
unsigned char* mailtap_drop_out_buffer(mbedtls_ssl_context* ssl);

/* The parsed chain of the peer, of which a session has no more use after its handshake. What is left to
 * TLS 1.2 are the bytes of the first certificate, to compare a renegotiation's with and to save a session
 * with. */
void mailtap_forget_peer_certificate(mbedtls_ssl_context* ssl);

#ifdef __cplusplus
}
#endif

#endif
