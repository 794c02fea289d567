/* Handshake messages of any length (RFC 8446 section 5.1, RFC 5246 section 6.2.1): several records may make
 * up one, in records of a byte if the peer likes. mbedTLS 3.6.6 takes no message longer than its input
 * buffer, wants the header in one record, and sends none longer than a record. */
#ifndef MAILTAP_TLS_MBEDTLS_HANDSHAKE_MESSAGES_H
#define MAILTAP_TLS_MBEDTLS_HANDSHAKE_MESSAGES_H

#include <mbedtls/ssl.h>

/* In place of the rest of mbedtls_ssl_prepare_handshake_record(): puts what the current record has of a
 * message after what is there. 0: the message is whole; MBEDTLS_ERR_SSL_CONTINUE_PROCESSING: it takes another
 * record. The buffer grows with what has come, up to the longest message that is taken (limits.h). */
int mailtap_gather_handshake_message(mbedtls_ssl_context* ssl);

/* After a message was done with: back to a buffer of the usual size. */
void mailtap_shrink_in_buffer(mbedtls_ssl_context* ssl);

/* Before a Certificate message is written: makes the output buffer large enough for our chain. */
int mailtap_make_room_for_certificate(mbedtls_ssl_context* ssl);

/* Bytes that an outgoing handshake message may have, its header included. */
size_t mailtap_out_room(const mbedtls_ssl_context* ssl);

/* Sends the handshake message in out_msg, in as many records as it takes, and gives back the larger buffer.
 */
int mailtap_write_handshake_records(mbedtls_ssl_context* ssl, int force_flush);

#endif
