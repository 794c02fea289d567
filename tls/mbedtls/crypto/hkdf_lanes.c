#include "tls/mbedtls/crypto/hkdf.h"

#include <mbedtls/platform_util.h>
#include <string.h>

#include "tls/crypto/sha512_lanes.h"
#include "tls/crypto/shortcuts.h"

#define BLOCK mailtap_sha512_block
#define WORDS (MAILTAP_SHA384_SIZE / 8)

/* hooks_hashes.cpp */
int mailtap_backend_has_lanes(void);

/* FIPS 180-4 section 5.3.4. */
static const uint64_t initial[8] = {
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
};

struct lanes {
  mailtap_sha512_states states;
  unsigned char blocks[mailtap_sha512_lanes][BLOCK];
};

static void write_word(unsigned char *bytes, uint64_t word) {
  word = __builtin_bswap64(word);
  memcpy(bytes, &word, sizeof(word));
}

static void hash(struct lanes *all) {
  mailtap_sha512_in_lanes(all->states, (const unsigned char(*)[BLOCK]) all->blocks);
}

static void copy_state(mailtap_sha512_states to, size_t lane, mailtap_sha512_states from, size_t of) {
  for (int i = 0; i < 8; i++) to[i][lane] = from[i][of];
}

/* The end of a message whose first block was a pad: `size` bytes are in this block (FIPS 180-4 section 5.1.2). */
static void end_block(unsigned char *block, size_t size) {
  block[size] = 0x80;
  memset(block + size + 1, 0, BLOCK - size - 1);
  write_word(block + BLOCK - 8, 8 * (BLOCK + size));
}

/* A key's pads (RFC 2104 section 2): the inner one in lane 2 * `place`, the outer one in the next. */
static void put_pads(struct lanes *pads, size_t place, const unsigned char *key) {
  unsigned char *const inner = pads->blocks[2 * place];
  unsigned char *const outer = pads->blocks[2 * place + 1];
  memset(inner, 0x36, BLOCK);
  memset(outer, 0x5c, BLOCK);
  for (int i = 0; i < MAILTAP_SHA384_SIZE; i++) inner[i] ^= key[i], outer[i] ^= key[i];
}

static void begin(struct lanes *all) {
  for (int i = 0; i < 8; i++)
    for (int lane = 0; lane < mailtap_sha512_lanes; lane++) all->states[i][lane] = initial[i];
}

/* From the inner hashes in `all` to the HMACs. `place[i]`: of lane i's key. */
static void hash_outer(struct lanes *all, struct lanes *pads, const size_t *place, size_t count) {
  for (size_t lane = 0; lane < count; lane++) {
    for (int i = 0; i < WORDS; i++) write_word(all->blocks[lane] + 8 * i, all->states[i][lane]);
    end_block(all->blocks[lane], MAILTAP_SHA384_SIZE);
    copy_state(all->states, lane, pads->states, 2 * place[lane] + 1);
  }
  hash(all);
}

static void read_hash(const struct lanes *all, size_t lane, unsigned char *out, size_t size) {
  unsigned char bytes[MAILTAP_SHA384_SIZE];
  for (int i = 0; i < WORDS; i++) write_word(bytes + 8 * i, all->states[i][lane]);
  memcpy(out, bytes, size);
  mbedtls_platform_zeroize(bytes, sizeof(bytes));
}

int mailtap_hkdf_has_lanes(psa_algorithm_t hash_alg) {
  return hash_alg == PSA_ALG_SHA_384 && mailtap_takes_shortcut(MAILTAP_SHORTCUT_SHA512_LANES) && mailtap_backend_has_lanes();
}

/* HkdfLabel, HKDF's counter, and the end of the message. */
#define BESIDE_LABEL_AND_CONTEXT (2 + 1 + 6 + 1 + 1 + 1 + 16)

int mailtap_fits_lanes(const struct mailtap_expansion *expansion) {
  return expansion->size <= MAILTAP_SHA384_SIZE && expansion->label_size <= BLOCK && expansion->context_size <= BLOCK &&
         BESIDE_LABEL_AND_CONTEXT + expansion->label_size + expansion->context_size <= BLOCK;
}

static void put_label(unsigned char *block, const struct mailtap_expansion *expansion) {
  static const unsigned char prefix[] = {'t', 'l', 's', '1', '3', ' '};
  unsigned char *at = block;
  *at++ = 0;
  *at++ = (unsigned char) expansion->size;
  *at++ = (unsigned char) (sizeof(prefix) + expansion->label_size);
  memcpy(at, prefix, sizeof(prefix));
  at += sizeof(prefix);
  memcpy(at, expansion->label, expansion->label_size);
  at += expansion->label_size;
  *at++ = (unsigned char) expansion->context_size;
  if (expansion->context_size != 0) memcpy(at, expansion->context, expansion->context_size);
  at += expansion->context_size;
  *at++ = 1;
  end_block(block, (size_t) (at - block));
}

void mailtap_expand_in_lanes(const struct mailtap_expansion *expansions, size_t count) {
  struct lanes pads, all;
  size_t place[MAILTAP_MAX_EXPANSIONS]; /* of each expansion's secret */
  const unsigned char *secrets[MAILTAP_MAX_EXPANSIONS];
  size_t known = 0;
  memset(&pads, 0, sizeof(pads));
  begin(&pads);
  for (size_t i = 0; i < count; i++) {
    for (place[i] = 0; place[i] < known && secrets[place[i]] != expansions[i].secret;) place[i]++;
    if (place[i] < known) continue;
    secrets[known] = expansions[i].secret;
    put_pads(&pads, known++, expansions[i].secret);
  }
  hash(&pads);

  memset(&all, 0, sizeof(all));
  for (size_t i = 0; i < count; i++) {
    put_label(all.blocks[i], &expansions[i]);
    copy_state(all.states, i, pads.states, 2 * place[i]);
  }
  hash(&all);
  hash_outer(&all, &pads, place, count);
  for (size_t i = 0; i < count; i++) read_hash(&all, i, expansions[i].out, expansions[i].size);
  mbedtls_platform_zeroize(&pads, sizeof(pads));
  mbedtls_platform_zeroize(&all, sizeof(all));
}
