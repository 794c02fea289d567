/* Where every backend goes around mbedTLS's own functions. All are taken. Tests leave them out one by one, so
 * that the same conversations are tried with each and without. */
#ifndef MAILTAP_TLS_CRYPTO_SHORTCUTS_H
#define MAILTAP_TLS_CRYPTO_SHORTCUTS_H

#ifdef __cplusplus
extern "C" {
#endif

enum mailtap_shortcut {
  MAILTAP_SHORTCUT_PRF_HMAC = 1,          /* mbedtls/prf_hmac.c */
  MAILTAP_SHORTCUT_HKDF = 2,              /* mbedtls/hkdf_expand_label.c */
  MAILTAP_SHORTCUT_KEY_SCHEDULE = 4,      /* mbedtls/key_schedule.c */
  MAILTAP_SHORTCUT_SHA512_LANES = 8,      /* mbedtls/hkdf_lanes.c */
  MAILTAP_SHORTCUT_RECORD_BUFFERS = 16,   /* tls/engine/record_buffers.h */
  MAILTAP_SHORTCUT_PARKED_HANDSHAKE = 32, /* mbedtls/parked_handshake.c */
  MAILTAP_SHORTCUT_SPARE_KEYS = 64        /* crypto/spare_keys.h */
};

/* Of enum mailtap_shortcut. Set while no other thread has sessions. */
extern unsigned mailtap_shortcuts_left_out;

static inline int mailtap_takes_shortcut(unsigned shortcut) {
  return (mailtap_shortcuts_left_out & shortcut) == 0;
}

#ifdef __cplusplus
}
#endif

#endif
