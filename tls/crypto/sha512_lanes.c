#include "tls/crypto/sha512_lanes.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define FOR_AVX512 __attribute__((target("avx512f")))

typedef __m512i lanes;

/* FIPS 180-4 section 4.2.3. */
static const uint64_t constants[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817};

static inline uint64_t big_endian(const unsigned char *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof(value));
  return __builtin_bswap64(value);
}

#define ADD(a, b) _mm512_add_epi64(a, b)
#define XOR3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define CHOICE(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0xca)
#define MAJORITY(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0xe8)
#define ROTATE(a, bits) _mm512_ror_epi64(a, bits)
/* Section 4.1.3. */
#define SUM_0(a) XOR3(ROTATE(a, 28), ROTATE(a, 34), ROTATE(a, 39))
#define SUM_1(a) XOR3(ROTATE(a, 14), ROTATE(a, 18), ROTATE(a, 41))
#define SIGMA_0(a) XOR3(ROTATE(a, 1), ROTATE(a, 8), _mm512_srli_epi64(a, 7))
#define SIGMA_1(a) XOR3(ROTATE(a, 19), ROTATE(a, 61), _mm512_srli_epi64(a, 6))

int mailtap_has_sha512_lanes(void) {
  return __builtin_cpu_supports("avx512f");
}

FOR_AVX512 void mailtap_sha512_in_lanes(mailtap_sha512_states states,
                                        const unsigned char blocks[mailtap_sha512_lanes][mailtap_sha512_block]) {
  uint64_t words[16][mailtap_sha512_lanes] __attribute__((aligned(64)));
  for (int lane = 0; lane < mailtap_sha512_lanes; lane++)
    for (int i = 0; i < 16; i++) words[i][lane] = big_endian(blocks[lane] + 8 * i);
  lanes w[16];
  for (int i = 0; i < 16; i++) w[i] = _mm512_load_si512(words[i]);
  lanes s[8];
  for (int i = 0; i < 8; i++) s[i] = _mm512_loadu_si512(states[i]);
  lanes a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
  for (int round = 0; round < 80; round += 16) {
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
      const lanes constant = _mm512_set1_epi64((long long) constants[round + i]);
      const lanes t1 = ADD(ADD(ADD(h, ADD(constant, w[i])), CHOICE(e, f, g)), SUM_1(e));
      const lanes t2 = ADD(SUM_0(a), MAJORITY(a, b, c));
      h = g, g = f, f = e, e = ADD(d, t1), d = c, c = b, b = a, a = ADD(t1, t2);
      w[i] = ADD(ADD(w[i], SIGMA_0(w[(i + 1) & 15])), ADD(w[(i + 9) & 15], SIGMA_1(w[(i + 14) & 15])));
    }
  }
  const lanes sums[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; i++) _mm512_storeu_si512(states[i], ADD(s[i], sums[i]));
  memset(words, 0, sizeof(words));
  __asm__ volatile("" : : "r"(words) : "memory"); /* the memset stays */
}

#else

int mailtap_has_sha512_lanes(void) {
  return 0;
}

void mailtap_sha512_in_lanes(mailtap_sha512_states states,
                             const unsigned char blocks[mailtap_sha512_lanes][mailtap_sha512_block]) {
  (void) states;
  (void) blocks;
}

#endif
