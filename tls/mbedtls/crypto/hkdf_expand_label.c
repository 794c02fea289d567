/* TLS 1.3's HKDF-Expand-Label (RFC 8446 section 7.1), of which a handshake takes some twenty, and HKDF-Extract.
 * mbedTLS goes through PSA, which copies the secret into an operation and allocates for each; here are the hashes
 * alone. */
#include <common.h> /* first: it opens the private members to what comes after it */

#include "ssl_misc.h"
#include "ssl_tls13_keys.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <string.h>

#include "tls/mbedtls/crypto/hkdf.h"
#include "tls/crypto/shortcuts.h"

extern const int mailtap_hkdf_hook;
const int mailtap_hkdf_hook = 1;

int mailtap_portable_hkdf_expand_label(psa_algorithm_t hash_alg, const unsigned char *secret, size_t secret_len,
                                       const unsigned char *label, size_t label_len, const unsigned char *ctx,
                                       size_t ctx_len, unsigned char *buf, size_t buf_len);

#define MAX_BLOCK 128
#define MAX_HASH 48

/* SHA-256 or SHA-384, which are all that TLS 1.3's suites have. */
struct hash {
  int is_sha384;
  union {
    mbedtls_sha256_context sha256;
    mbedtls_sha512_context sha512;
  } of;
};

static int update(struct hash *hash, const void *bytes, size_t size) {
  return hash->is_sha384 ? mbedtls_sha512_update(&hash->of.sha512, bytes, size) : mbedtls_sha256_update(&hash->of.sha256, bytes, size);
}

static int finish(struct hash *hash, unsigned char *out) {
  return hash->is_sha384 ? mbedtls_sha512_finish(&hash->of.sha512, out) : mbedtls_sha256_finish(&hash->of.sha256, out);
}

/* What an HMAC's hash is after its first block, the key with `pad` (RFC 2104 section 2). */
static int start(struct hash *hash, int is_sha384, const unsigned char *key, size_t size, unsigned char pad) {
  unsigned char block[MAX_BLOCK];
  const size_t block_size = is_sha384 ? 128 : 64;
  memset(block, pad, block_size);
  for (size_t i = 0; i < size; i++) block[i] ^= key[i];
  hash->is_sha384 = is_sha384;
  int failure;
  if (is_sha384) {
    mbedtls_sha512_init(&hash->of.sha512);
    failure = mbedtls_sha512_starts(&hash->of.sha512, 1);
  } else {
    mbedtls_sha256_init(&hash->of.sha256);
    failure = mbedtls_sha256_starts(&hash->of.sha256, 0);
  }
  if (failure == 0) failure = update(hash, block, block_size);
  mbedtls_platform_zeroize(block, sizeof(block));
  return failure;
}

/* HKDF-Expand (RFC 5869 section 2.3). */
static int expand(int is_sha384, const unsigned char *secret, size_t secret_size, const unsigned char *info,
                  size_t info_size, unsigned char *out, size_t size) {
  struct hash inner, outer, now;
  unsigned char part[MAX_HASH];
  const size_t part_size = is_sha384 ? 48 : 32;
  int failure = start(&inner, is_sha384, secret, secret_size, 0x36);
  if (failure == 0) failure = start(&outer, is_sha384, secret, secret_size, 0x5c);
  size_t done = 0;
  for (unsigned char counter = 1; failure == 0 && done < size; counter++) {
    now = inner;
    if (counter > 1) failure = update(&now, part, part_size);
    if (failure == 0) failure = update(&now, info, info_size);
    if (failure == 0) failure = update(&now, &counter, 1);
    if (failure == 0) failure = finish(&now, part);
    now = outer;
    if (failure == 0) failure = update(&now, part, part_size);
    if (failure == 0) failure = finish(&now, part);
    if (failure != 0) break;
    const size_t take = size - done < part_size ? size - done : part_size;
    memcpy(out + done, part, take);
    done += take;
  }
  mbedtls_platform_zeroize(&inner, sizeof(inner));
  mbedtls_platform_zeroize(&outer, sizeof(outer));
  mbedtls_platform_zeroize(&now, sizeof(now));
  mbedtls_platform_zeroize(part, sizeof(part));
  return failure;
}

int mailtap_hkdf_extract_sha384(const unsigned char *salt, const unsigned char *input, size_t size, unsigned char *out) {
  struct hash hash;
  unsigned char inner[MAX_HASH];
  int failure = start(&hash, 1, salt, MAX_HASH, 0x36);
  if (failure == 0) failure = update(&hash, input, size);
  if (failure == 0) failure = finish(&hash, inner);
  if (failure == 0) failure = start(&hash, 1, salt, MAX_HASH, 0x5c);
  if (failure == 0) failure = update(&hash, inner, sizeof(inner));
  if (failure == 0) failure = finish(&hash, out);
  mbedtls_platform_zeroize(&hash, sizeof(hash));
  mbedtls_platform_zeroize(inner, sizeof(inner));
  return failure;
}

int mbedtls_ssl_tls13_hkdf_expand_label(psa_algorithm_t hash_alg, const unsigned char *secret, size_t secret_len,
                                        const unsigned char *label, size_t label_len, const unsigned char *ctx,
                                        size_t ctx_len, unsigned char *buf, size_t buf_len) {
  static const unsigned char prefix[] = {'t', 'l', 's', '1', '3', ' '};
  /* Longer ones, and longer keys than a block, are an exporter's: mbedTLS's own function looks after them. */
  unsigned char info[2 + 1 + sizeof(prefix) + 64 + 1 + MAX_HASH];
  const int is_sha384 = hash_alg == PSA_ALG_SHA_384;
  const size_t size_of_hash = is_sha384 ? 48 : 32;
  if ((!is_sha384 && hash_alg != PSA_ALG_SHA_256) || secret_len > 64 || label_len > 64 || ctx_len > size_of_hash ||
      buf_len > 255 * size_of_hash || !mailtap_takes_shortcut(MAILTAP_SHORTCUT_HKDF))
    return mailtap_portable_hkdf_expand_label(hash_alg, secret, secret_len, label, label_len, ctx, ctx_len, buf, buf_len);
  unsigned char *at = info;
  *at++ = MBEDTLS_BYTE_1(buf_len);
  *at++ = MBEDTLS_BYTE_0(buf_len);
  *at++ = MBEDTLS_BYTE_0(sizeof(prefix) + label_len);
  memcpy(at, prefix, sizeof(prefix));
  at += sizeof(prefix);
  if (label_len != 0) memcpy(at, label, label_len);
  at += label_len;
  *at++ = MBEDTLS_BYTE_0(ctx_len);
  if (ctx_len != 0) memcpy(at, ctx, ctx_len);
  at += ctx_len;
  return expand(is_sha384, secret, secret_len, info, (size_t) (at - info), buf, buf_len);
}
