/* Opens the structures. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "tls/mbedtls/foreign_key.h"

#include <mbedtls/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "pk_wrap.h"

/* libcrypto verifies with nothing longer (OPENSSL_RSA_MAX_MODULUS_BITS), nor, from 3,073 bits on, with
 * exponents of more than 64 bits. */
static const int max_rsa_bits = 16384;

static EVP_PKEY* key_of(const mbedtls_pk_context* pk) {
  return *(EVP_PKEY**)pk->pk_ctx;
}

static void* allocate(void) {
  return calloc(1, sizeof(EVP_PKEY*));
}

static void release(void* context) {
  EVP_PKEY_free(*(EVP_PKEY**)context);
  free(context);
}

static size_t bit_length(mbedtls_pk_context* pk) {
  return key_of(pk) == NULL ? 0 : (size_t)EVP_PKEY_get_bits(key_of(pk));
}

static int can_rsa(mbedtls_pk_type_t type) {
  return type == MBEDTLS_PK_RSA;
}

/* Neither mbedTLS's RSA nor its ECDSA, which it takes for what the name says. */
static int can_nothing(mbedtls_pk_type_t type) {
  (void)type;
  return 0;
}

static int check_pair(mbedtls_pk_context* public_key, mbedtls_pk_context* private_key,
                      int (*random)(void*, unsigned char*, size_t), void* random_context) {
  (void)random;
  (void)random_context;
  return EVP_PKEY_eq(key_of(public_key), key_of(private_key)) == 1 ? 0 : MBEDTLS_ERR_PK_BAD_INPUT_DATA;
}

/* TLS_RSA_WITH_..: PKCS #1 v1.5. */
static int encrypt(mbedtls_pk_context* pk, const unsigned char* input, size_t input_size,
                   unsigned char* output, size_t* size, size_t room,
                   int (*random)(void*, unsigned char*, size_t), void* random_context) {
  (void)random;
  (void)random_context;
  *size = room;
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(key_of(pk), NULL);
  const int done = context != NULL && EVP_PKEY_encrypt_init(context) == 1 &&
                   EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                   EVP_PKEY_encrypt(context, output, size, input, input_size) == 1;
  EVP_PKEY_CTX_free(context);
  ERR_clear_error();
  return done ? 0 : MBEDTLS_ERR_PK_BAD_INPUT_DATA;
}

static const mbedtls_pk_info_t rsa = {.type = MAILTAP_PK_FOREIGN,
                                      .name = "RSA",
                                      .get_bitlen = bit_length,
                                      .can_do = can_rsa,
                                      .encrypt_func = encrypt,
                                      .check_pair_func = check_pair,
                                      .ctx_alloc_func = allocate,
                                      .ctx_free_func = release};
static const mbedtls_pk_info_t rsa_pss = {.type = MAILTAP_PK_FOREIGN,
                                          .name = "RSASSA-PSS",
                                          .get_bitlen = bit_length,
                                          .can_do = can_nothing,
                                          .check_pair_func = check_pair,
                                          .ctx_alloc_func = allocate,
                                          .ctx_free_func = release};
static const mbedtls_pk_info_t ed25519 = {.type = MAILTAP_PK_FOREIGN,
                                          .name = "Ed25519",
                                          .get_bitlen = bit_length,
                                          .can_do = can_nothing,
                                          .check_pair_func = check_pair,
                                          .ctx_alloc_func = allocate,
                                          .ctx_free_func = release};
static const mbedtls_pk_info_t ed448 = {.type = MAILTAP_PK_FOREIGN,
                                        .name = "Ed448",
                                        .get_bitlen = bit_length,
                                        .can_do = can_nothing,
                                        .check_pair_func = check_pair,
                                        .ctx_alloc_func = allocate,
                                        .ctx_free_func = release};
static const mbedtls_pk_info_t unknown = {.type = MAILTAP_PK_FOREIGN,
                                          .name = "unknown",
                                          .get_bitlen = bit_length,
                                          .can_do = can_nothing,
                                          .ctx_alloc_func = allocate,
                                          .ctx_free_func = release};

enum mailtap_foreign_kind mailtap_foreign_kind_of(const mbedtls_pk_context* pk) {
  if (pk->pk_info == &rsa) return MAILTAP_FOREIGN_RSA;
  if (pk->pk_info == &rsa_pss) return MAILTAP_FOREIGN_RSA_PSS;
  if (pk->pk_info == &ed25519) return MAILTAP_FOREIGN_ED25519;
  if (pk->pk_info == &ed448) return MAILTAP_FOREIGN_ED448;
  if (pk->pk_info == &unknown) return MAILTAP_FOREIGN_UNKNOWN;
  return MAILTAP_FOREIGN_NONE;
}

static const mbedtls_pk_info_t* info_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return EVP_PKEY_get_bits(key) <= max_rsa_bits ? &rsa : NULL;
    case EVP_PKEY_RSA_PSS: return EVP_PKEY_get_bits(key) <= max_rsa_bits ? &rsa_pss : NULL;
    case EVP_PKEY_ED25519: return &ed25519;
    case EVP_PKEY_ED448: return &ed448;
    default: return NULL;
  }
}

/* Takes `key`. */
static int adopt(mbedtls_pk_context* pk, EVP_PKEY* key, const mbedtls_pk_info_t* info) {
  ERR_clear_error();
  mbedtls_pk_free(pk); /* what is left of mbedTLS's own attempt */
  const int failure = mbedtls_pk_setup(pk, info);
  if (failure != 0)
    EVP_PKEY_free(key);
  else
    *(EVP_PKEY**)pk->pk_ctx = key;
  return failure;
}

/* SEQUENCE { SEQUENCE, BIT STRING } (RFC 5280 section 4.1). */
static int is_public_key_info(const unsigned char* spki, size_t size) {
  unsigned char* at = (unsigned char*)spki;
  const unsigned char* const end = at + size;
  const int sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
  size_t length = 0;
  if (mbedtls_asn1_get_tag(&at, end, &length, sequence) != 0 || at + length != end ||
      mbedtls_asn1_get_tag(&at, end, &length, sequence) != 0)
    return 0;
  at += length;
  return mbedtls_asn1_get_bitstring_null(&at, end, &length) == 0 && at + length == end;
}

int mailtap_parse_foreign_public_key(mbedtls_pk_context* pk, const unsigned char* spki, size_t size,
                                     int otherwise) {
  if (!is_public_key_info(spki, size)) return otherwise;
  const unsigned char* at = spki;
  EVP_PKEY* const key = d2i_PUBKEY(NULL, &at, (long)size);
  const mbedtls_pk_info_t* const info = key == NULL ? NULL : info_of(key);
  if (info != NULL) return adopt(pk, key, info);
  EVP_PKEY_free(key);
  return adopt(pk, NULL, &unknown);
}

int mailtap_parse_foreign_private_key(mbedtls_pk_context* pk, const unsigned char* pkcs8, size_t size,
                                      int otherwise) {
  const unsigned char* at = pkcs8;
  PKCS8_PRIV_KEY_INFO* const info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)size);
  EVP_PKEY* const key = info == NULL ? NULL : EVP_PKCS82PKEY(info);
  PKCS8_PRIV_KEY_INFO_free(info);
  if (key != NULL && info_of(key) != NULL) return adopt(pk, key, info_of(key));
  EVP_PKEY_free(key);
  ERR_clear_error();
  return otherwise;
}

int mailtap_make_foreign_key(mbedtls_pk_context* pk, enum mailtap_foreign_kind kind, unsigned bits) {
  const int id = kind == MAILTAP_FOREIGN_ED25519   ? EVP_PKEY_ED25519
                 : kind == MAILTAP_FOREIGN_ED448   ? EVP_PKEY_ED448
                 : kind == MAILTAP_FOREIGN_RSA_PSS ? EVP_PKEY_RSA_PSS
                                                   : EVP_PKEY_NONE;
  EVP_PKEY_CTX* const context = id == EVP_PKEY_NONE ? NULL : EVP_PKEY_CTX_new_id(id, NULL);
  EVP_PKEY* key = NULL;
  const int done = context != NULL && EVP_PKEY_keygen_init(context) == 1 &&
                   (kind != MAILTAP_FOREIGN_RSA_PSS ||
                    EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits) == 1) &&
                   EVP_PKEY_keygen(context, &key) == 1;
  EVP_PKEY_CTX_free(context);
  const mbedtls_pk_info_t* const info = done ? info_of(key) : NULL;
  if (info != NULL) return adopt(pk, key, info);
  EVP_PKEY_free(key);
  ERR_clear_error();
  return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mailtap_write_foreign_public_key(const mbedtls_pk_context* pk, unsigned char* out, size_t room) {
  const int size = i2d_PUBKEY(key_of(pk), NULL);
  if (size <= 0 || (size_t)size > room) return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
  unsigned char* at = out;
  return i2d_PUBKEY(key_of(pk), &at);
}

int mailtap_write_foreign_private_key(const mbedtls_pk_context* pk, unsigned char* out, size_t room) {
  PKCS8_PRIV_KEY_INFO* const info = EVP_PKEY2PKCS8(key_of(pk));
  const int size = info == NULL ? 0 : i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
  const int fits = size > 0 && (size_t)size <= room;
  unsigned char* at = out;
  const int written = fits ? i2d_PKCS8_PRIV_KEY_INFO(info, &at) : MBEDTLS_ERR_PK_BAD_INPUT_DATA;
  PKCS8_PRIV_KEY_INFO_free(info);
  ERR_clear_error();
  return written;
}

static const EVP_MD* digest(mbedtls_md_type_t hash) {
  switch (hash) {
    case MBEDTLS_MD_SHA1: return EVP_sha1();
    case MBEDTLS_MD_SHA224: return EVP_sha224();
    case MBEDTLS_MD_SHA256: return EVP_sha256();
    case MBEDTLS_MD_SHA384: return EVP_sha384();
    case MBEDTLS_MD_SHA512: return EVP_sha512();
    default: return NULL;
  }
}

typedef int begin_function(EVP_MD_CTX*, EVP_PKEY_CTX**, const EVP_MD*, ENGINE*, EVP_PKEY*);

static int begin(EVP_MD_CTX* context, begin_function* function, const mbedtls_pk_context* pk,
                 enum mailtap_padding padding, mbedtls_md_type_t hash) {
  EVP_PKEY_CTX* key = NULL;
  const EVP_MD* const md = digest(hash);
  if (context == NULL || (padding == MAILTAP_PADDING_NONE) != (md == NULL) ||
      function(context, &key, md, NULL, key_of(pk)) != 1)
    return 0;
  switch (padding) {
    case MAILTAP_PADDING_NONE: return 1;
    case MAILTAP_PADDING_PKCS1: return EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PADDING) == 1;
    default:
      return EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
}

int mailtap_foreign_verify(const mbedtls_pk_context* pk, enum mailtap_padding padding, mbedtls_md_type_t hash,
                           const unsigned char* message, size_t message_size, const unsigned char* signature,
                           size_t signature_size) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const int good = begin(context, EVP_DigestVerifyInit, pk, padding, hash) &&
                   EVP_DigestVerify(context, signature, signature_size, message, message_size) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return good ? 0 : MBEDTLS_ERR_PK_SIG_LEN_MISMATCH;
}

int mailtap_foreign_sign(const mbedtls_pk_context* pk, enum mailtap_padding padding, mbedtls_md_type_t hash,
                         const unsigned char* message, size_t message_size, unsigned char* signature,
                         size_t room, size_t* size) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  *size = room;
  const int done = room >= (size_t)EVP_PKEY_get_size(key_of(pk)) &&
                   begin(context, EVP_DigestSignInit, pk, padding, hash) &&
                   EVP_DigestSign(context, signature, size, message, message_size) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return done ? 0 : MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mailtap_foreign_takes(const mbedtls_pk_context* pk, enum mailtap_padding padding,
                          mbedtls_md_type_t hash) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const int takes = begin(context, EVP_DigestVerifyInit, pk, padding, hash);
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return takes;
}
