/* First: it opens mbedTLS's structures. */
#include "ssl_misc.h"

#include "tls/mbedtls/hybrid_groups.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <string.h>

#include "tls/crypto/mlkem.h"

/* draft-ietf-tls-ecdhe-mlkem section 4 */
struct group {
  uint16_t id;
  uint16_t curve;
  size_t curve_share; /* bytes */
  int is_curve_first;
};
static const struct group groups[] = {
    {0x11EC, MBEDTLS_SSL_IANA_TLS_GROUP_X25519, 32, 0},
    {0x11EB, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, 65, 1},
};

/* What a handshake keeps between its messages. */
struct mailtap_hybrid {
  /* A client's two keys, or the client's public key and behind it the ciphertext and the secret. */
  unsigned char kem[mailtap_mlkem_public_key + mailtap_mlkem_private_key];
  unsigned char secret[mailtap_mlkem_secret];
  int has_secret;
  uint16_t twin; /* a client's second entry; 0: none */
};

static const struct group* find(uint16_t id) {
  for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); ++i) {
    if (groups[i].id == id) {
      return &groups[i];
    }
  }
  return NULL;
}

static int is_server(const mbedtls_ssl_context* ssl) {
  return ssl->conf->endpoint == MBEDTLS_SSL_IS_SERVER;
}

static int refuse(mbedtls_ssl_context* ssl) {
  MBEDTLS_SSL_PEND_FATAL_ALERT(MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER, MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER);
  return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
}

/* Anew, for each exchange. */
static struct mailtap_hybrid* begin(mbedtls_ssl_context* ssl) {
  mailtap_drop_hybrid(ssl);
  ssl->mailtap.hybrid = mbedtls_calloc(1, sizeof(struct mailtap_hybrid));
  return ssl->mailtap.hybrid;
}

int mailtap_is_hybrid(uint16_t group) {
  return find(group) != NULL && mailtap_has_mlkem();
}

/* ML-KEM's part of our share. */
static int write_kem_share(mbedtls_ssl_context* ssl, unsigned char* at) {
  struct mailtap_hybrid* hybrid = ssl->mailtap.hybrid;
  int ret;
  if (is_server(ssl)) {
    unsigned char* made = hybrid->kem + mailtap_mlkem_public_key;
    ret = mailtap_kem_encapsulate(hybrid->kem, made);
    if (ret != 0) {
      return ret == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER ? refuse(ssl) : ret;
    }
    memcpy(at, made, mailtap_mlkem_ciphertext);
    memcpy(hybrid->secret, made + mailtap_mlkem_ciphertext, mailtap_mlkem_secret);
    hybrid->has_secret = 1;
    return 0;
  }
  if ((ret = mailtap_kem_generate(hybrid->kem)) == 0) {
    memcpy(at, hybrid->kem, mailtap_mlkem_public_key);
  }
  return ret;
}

int mailtap_write_hybrid_share(mbedtls_ssl_context* ssl, uint16_t id, unsigned char* at, unsigned char* end,
                               size_t* size) {
  const struct group* group = find(id);
  const size_t kem_share = is_server(ssl) ? mailtap_mlkem_ciphertext : mailtap_mlkem_public_key;
  if (group == NULL || (is_server(ssl) && ssl->mailtap.hybrid == NULL)) {
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
  if ((size_t) (end - at) < kem_share + group->curve_share) {
    return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  }
  if (!is_server(ssl) && begin(ssl) == NULL) {
    return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  }

  unsigned char* point = group->is_curve_first ? at : at + kem_share;
  unsigned char* kem = group->is_curve_first ? at + group->curve_share : at;
  int ret = write_kem_share(ssl, kem);
  if (ret != 0) {
    return ret;
  }
  size_t point_size = 0;
  ret = mbedtls_ssl_tls13_generate_and_write_xxdh_key_exchange(ssl, group->curve, point,
                                                               point + group->curve_share, &point_size);
  if (ret == 0 && point_size != group->curve_share) {
    ret = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
  *size = kem_share + group->curve_share;
  return ret;
}

int mailtap_write_twin_share(mbedtls_ssl_context* ssl, uint16_t id, const unsigned char* share,
                             unsigned char* at, unsigned char* end, size_t* size) {
  const struct group* group = find(id);
  *size = 0;
  if (group == NULL || ssl->handshake->hello_retry_request_flag ||
      !mbedtls_ssl_named_group_is_offered(ssl, group->curve)) {
    return 0;
  }
  MBEDTLS_SSL_CHK_BUF_PTR(at, end, 4 + group->curve_share);
  MBEDTLS_PUT_UINT16_BE(group->curve, at, 0);
  MBEDTLS_PUT_UINT16_BE(group->curve_share, at, 2);
  memcpy(at + 4, group->is_curve_first ? share : share + mailtap_mlkem_public_key, group->curve_share);
  ssl->mailtap.hybrid->twin = group->curve;
  *size = 4 + group->curve_share;
  return 0;
}

int mailtap_is_twin(const mbedtls_ssl_context* ssl, uint16_t group) {
  return ssl->mailtap.hybrid != NULL && ssl->mailtap.hybrid->twin != 0 && ssl->mailtap.hybrid->twin == group;
}

int mailtap_read_hybrid_share(mbedtls_ssl_context* ssl, uint16_t id, const unsigned char* share,
                              size_t size) {
  const struct group* group = find(id);
  const size_t kem_share = is_server(ssl) ? mailtap_mlkem_public_key : mailtap_mlkem_ciphertext;
  if (group == NULL) {
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
  MBEDTLS_SSL_CHK_BUF_READ_PTR(share, share + size, 2);
  if (size - 2 != MBEDTLS_GET_UINT16_BE(share, 0) || size - 2 != kem_share + group->curve_share) {
    return refuse(ssl);
  }
  share += 2;
  const unsigned char* point = group->is_curve_first ? share : share + kem_share;
  const unsigned char* kem = group->is_curve_first ? share + group->curve_share : share;
  memcpy(ssl->handshake->xxdh_psa_peerkey, point, group->curve_share);
  ssl->handshake->xxdh_psa_peerkey_len = group->curve_share;

  if (is_server(ssl)) {
    if (begin(ssl) == NULL) {
      return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    memcpy(ssl->mailtap.hybrid->kem, kem, mailtap_mlkem_public_key);
    return 0;
  }
  struct mailtap_hybrid* hybrid = ssl->mailtap.hybrid;
  if (hybrid == NULL) {
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
  const int ret = mailtap_kem_decapsulate(hybrid->kem + mailtap_mlkem_public_key, kem, hybrid->secret);
  hybrid->has_secret = ret == 0;
  return ret;
}

int mailtap_add_hybrid_secret(mbedtls_ssl_context* ssl, unsigned char** secret, size_t* size) {
  const struct group* group = find(ssl->handshake->offered_group_id);
  struct mailtap_hybrid* hybrid = ssl->mailtap.hybrid;
  if (group == NULL) {
    mailtap_drop_hybrid(ssl); /* of a server that took the second entry */
    return 0;
  }
  if (hybrid == NULL || !hybrid->has_secret) {
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
  unsigned char* both = mbedtls_calloc(1, *size + mailtap_mlkem_secret);
  if (both == NULL) {
    return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  }
  memcpy(group->is_curve_first ? both : both + mailtap_mlkem_secret, *secret, *size);
  memcpy(group->is_curve_first ? both + *size : both, hybrid->secret, mailtap_mlkem_secret);
  mbedtls_zeroize_and_free(*secret, *size);
  *secret = both;
  *size += mailtap_mlkem_secret;
  mailtap_drop_hybrid(ssl);
  return 0;
}

void mailtap_drop_hybrid(mbedtls_ssl_context* ssl) {
  if (ssl->mailtap.hybrid != NULL) {
    mbedtls_zeroize_and_free(ssl->mailtap.hybrid, sizeof(struct mailtap_hybrid));
    ssl->mailtap.hybrid = NULL;
  }
}
