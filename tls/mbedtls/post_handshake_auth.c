/* First: it opens the private members to what comes after it. */
#include "ssl_misc.h"

#include <mbedtls/platform.h>
#include <string.h>

#include "tls/mbedtls/client_certificate.h"
#include "tls/mbedtls/parked_handshake.h"

/* Both are static as released (tls/mbedtls/edits/post_handshake_auth.cmake). */
int ssl_tls13_parse_certificate_request(mbedtls_ssl_context* ssl, const unsigned char* buf,
                                        const unsigned char* end);

/* What authenticates the answer to a question after the handshake is the client's current traffic secret, in
 * the place of that of the handshake (RFC 8446 section 4.4); mbedTLS wipes it there when it has used it. */
static void use_application_secret(mbedtls_ssl_context* ssl) {
  memcpy(ssl->handshake->tls13_hs_secrets.client_handshake_traffic_secret,
         ssl->session->app_secrets.client_application_traffic_secret_N,
         sizeof(ssl->handshake->tls13_hs_secrets.client_handshake_traffic_secret));
}

static mbedtls_md_context_t* transcript_of(mbedtls_ssl_context* ssl) {
  return ssl->handshake->ciphersuite_info->mac == MBEDTLS_MD_SHA384 ? &ssl->handshake->fin_sha384
                                                                    : &ssl->handshake->fin_sha256;
}

/* Question and answer are authenticated together with the handshake, and without the questions before them
 * (RFC 8446 section 4.4.1): the first question keeps the handshake's transcript, each later one begins with
 * it again. */
static int begin_transcript(mbedtls_ssl_context* ssl) {
  mbedtls_md_context_t* const transcript = transcript_of(ssl);
  mbedtls_md_context_t* const kept = &ssl->handshake->mailtap_of_handshake;
  if (kept->md_info != NULL) return mbedtls_md_clone(transcript, kept);
  const int failure = mbedtls_md_setup(kept, mbedtls_md_info_from_ctx(transcript), 0);
  return failure != 0 ? failure : mbedtls_md_clone(kept, transcript);
}

/* --- client
 * ----------------------------------------------------------------------------------------------------- */

int mailtap_write_post_handshake_auth_ext(mbedtls_ssl_context* ssl, unsigned char* buf, unsigned char* end,
                                          size_t* out_len) {
  MBEDTLS_SSL_CHK_BUF_PTR(buf, end, 4);
  MBEDTLS_PUT_UINT16_BE(MBEDTLS_TLS_EXT_POST_HANDSHAKE_AUTH, buf, 0);
  MBEDTLS_PUT_UINT16_BE(0, buf, 2);
  *out_len = 4;
  mbedtls_ssl_tls13_set_hs_sent_ext_mask(ssl, MBEDTLS_TLS_EXT_POST_HANDSHAKE_AUTH);
  return 0;
}

static int answer(mbedtls_ssl_context* ssl) {
  const unsigned char* const message = ssl->in_msg + 4;
  const size_t size = ssl->in_hslen - 4;
  ssl->handshake->key_cert = NULL;
  int failure = ssl_tls13_parse_certificate_request(ssl, message, message + size);
  if (failure == 0)
    failure = mbedtls_ssl_add_hs_msg_to_checksum(ssl, MBEDTLS_SSL_HS_CERTIFICATE_REQUEST, message, size);
  if (failure == 0) failure = mbedtls_ssl_tls13_write_certificate(ssl);
  if (failure == 0 && mbedtls_ssl_own_cert(ssl) != NULL)
    failure = mbedtls_ssl_tls13_write_certificate_verify(ssl);
  if (failure != 0) return failure;
  use_application_secret(ssl);
  failure = mbedtls_ssl_tls13_write_finished_message(ssl);
  return failure != 0 ? failure : mbedtls_ssl_flush_output(ssl);
}

/* Each question costs a signature, so that their number is bounded. */
int mailtap_answer_certificate_request(mbedtls_ssl_context* ssl) {
  enum { max_questions = 100 };
  if (ssl->handshake == NULL || ssl->session == NULL || ssl->in_hslen < 4 ||
      ssl->mailtap_certificates.requests >= max_questions)
    return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;
  const int failure = begin_transcript(ssl);
  return failure != 0 ? failure : answer(ssl);
}

/* --- server
 * ----------------------------------------------------------------------------------------------------- */

int mailtap_request_certificate(mbedtls_ssl_context* ssl) {
  struct mailtap_certificates* const own = &ssl->mailtap_certificates;
  int failure = mailtap_unpark_handshake(ssl);
  if (failure != 0) return failure;
  if (ssl->tls_version != MBEDTLS_SSL_VERSION_TLS1_3 || !mbedtls_ssl_is_handshake_over(ssl) ||
      ssl->handshake == NULL || ssl->session == NULL || own->awaited != 0)
    return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
  failure = begin_transcript(ssl);
  if (failure == 0) failure = ssl->conf->f_rng(ssl->conf->p_rng, own->context, sizeof(own->context));
  unsigned char* message = NULL;
  size_t room = 0;
  if (failure == 0)
    failure = mbedtls_ssl_start_handshake_msg(ssl, MBEDTLS_SSL_HS_CERTIFICATE_REQUEST, &message, &room);
  if (failure != 0) return failure;

  unsigned char* p = message;
  *p++ = sizeof(own->context);
  memcpy(p, own->context, sizeof(own->context));
  p += sizeof(own->context);
  unsigned char* const extensions = p + 2;
  size_t size = 0;
  failure = mbedtls_ssl_write_sig_alg_ext(ssl, extensions, message + room, &size);
  if (failure != 0) return failure;
  MBEDTLS_PUT_UINT16_BE(size, p, 0);
  size += (size_t)(extensions - message);

  failure = mbedtls_ssl_add_hs_msg_to_checksum(ssl, MBEDTLS_SSL_HS_CERTIFICATE_REQUEST, message, size);
  if (failure == 0) failure = mbedtls_ssl_finish_handshake_msg(ssl, room, size);
  if (failure == 0) own->awaited = MBEDTLS_SSL_HS_CERTIFICATE;
  return failure != 0 ? failure : mbedtls_ssl_flush_output(ssl);
}

int mailtap_is_certificate_awaited(const mbedtls_ssl_context* ssl) {
  return ssl->mailtap_certificates.awaited != 0 && ssl->in_msg[0] == ssl->mailtap_certificates.awaited;
}

size_t mailtap_certificate_context_in(const mbedtls_ssl_context* ssl, const unsigned char* message,
                                      const unsigned char* end) {
  const struct mailtap_certificates* const own = &ssl->mailtap_certificates;
  const size_t size = sizeof(own->context);
  const int is_it = own->awaited == MBEDTLS_SSL_HS_CERTIFICATE && (size_t)(end - message) > size &&
                    message[0] == size && memcmp(message + 1, own->context, size) == 0;
  return is_it ? size : 0;
}

static int take_certificate(mbedtls_ssl_context* ssl) {
  if (ssl->session_negotiate == NULL) {
    ssl->session_negotiate = mbedtls_calloc(1, sizeof(mbedtls_ssl_session));
    if (ssl->session_negotiate == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    mbedtls_ssl_session_init(ssl->session_negotiate);
  }
  const int failure = mbedtls_ssl_tls13_process_certificate(ssl);
  if (failure == 0)
    ssl->mailtap_certificates.awaited = ssl->session_negotiate->peer_cert != NULL
                                            ? MBEDTLS_SSL_HS_CERTIFICATE_VERIFY
                                            : MBEDTLS_SSL_HS_FINISHED;
  return failure;
}

static int take_finished(mbedtls_ssl_context* ssl) {
  use_application_secret(ssl);
  const int failure = mbedtls_ssl_tls13_process_finished_message(ssl);
  if (failure != 0) return failure;
  ssl->mailtap_certificates.awaited = 0;
  mbedtls_ssl_session_free(ssl->session_negotiate);
  mbedtls_free(ssl->session_negotiate);
  ssl->session_negotiate = NULL;
  return 0;
}

/* mbedTLS's functions read the message once more. */
int mailtap_take_certificate_answer(mbedtls_ssl_context* ssl) {
  ssl->keep_current_message = 1;
  switch (ssl->mailtap_certificates.awaited) {
    case MBEDTLS_SSL_HS_CERTIFICATE: return take_certificate(ssl);
    case MBEDTLS_SSL_HS_CERTIFICATE_VERIFY: {
      const int failure = mbedtls_ssl_tls13_process_certificate_verify(ssl);
      if (failure == 0) ssl->mailtap_certificates.awaited = MBEDTLS_SSL_HS_FINISHED;
      return failure;
    }
    default: return take_finished(ssl);
  }
}
