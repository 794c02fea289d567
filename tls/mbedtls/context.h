/* What mailtap adds to mbedTLS's mbedtls_ssl_context (edits/context.cmake), as its member `mailtap`. All zero
 * at first. */
#ifndef MAILTAP_TLS_MBEDTLS_CONTEXT_H
#define MAILTAP_TLS_MBEDTLS_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

struct mailtap_ssl {
  /* A handshake message of the peer's that was refused for its length, with its header; size 0: none. */
  unsigned char refused_type;
  size_t refused_size;

  /* The peer has sent more early data than is skipped. */
  unsigned char has_excess_of_early_data;

  /* What the output buffer has room for while it is larger than others for one message; 0: it isn't. */
  size_t out_room;

  /* TLS 1.3: the records that go under one key of ours; 0: what the cipher allows. */
  uint64_t records_per_key;
  /* The peer has asked for a new key of ours. */
  unsigned char owes_key_update;
  /* KeyUpdates since the last application data. */
  unsigned key_updates;

  /* Client, TLS 1.2: its hello has TLS_FALLBACK_SCSV; it has no supported_groups. */
  unsigned char is_fallback, leaves_groups_out;

  /* A handshake's key exchange by a hybrid group (hybrid_groups.c); NULL: it has none. */
  struct mailtap_hybrid* hybrid;

  /* What is kept of a handshake that is over (parked_handshake.h); NULL: it isn't parked. */
  struct mailtap_parked_handshake* parked;

  /* Client: what it asks the server to add to its certificate (status_request.h), and who takes what comes:
   * an OCSPResponse (`type` status_request) or a SignedCertificateTimestampList, for the call. */
  unsigned char asks_for_staple, asks_for_timestamps;
  unsigned char is_staple_promised; /* TLS 1.2: a CertificateStatus may follow */
  void (*take_stapled)(void* to, unsigned type, const unsigned char* bytes, size_t size);
  void* stapled_to;
};

#endif
