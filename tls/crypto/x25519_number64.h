// Numbers modulo 2^255 - 19 for amd64 with BMI2 and ADX (Intel since Broadwell, AMD since Zen): four words,
// and products of them whose two chains of carries run side by side, which no compiler makes of C++
// (tls/crypto/x25519.h). No instruction's time depends on its operands.
#pragma once

#include <array>

#include "tls/crypto/x25519_bytes.h"

namespace mailtap::crypto::x25519 {

/// The sum of limb[i] * 2^(64 i): any number of 256 bits. What multiply(), square() and multiply_small() give
/// is below 2^255 + 2^23 ("short").
struct Number64 {
  Words limb;

  static constexpr Number64 of(Word small) { return {{small, 0, 0, 0}}; }
  /// The highest bit is ignored; what is no less than the modulus is taken modulo it (RFC 7748 section 5).
  static Number64 read(const Key& bytes) {
    auto words = words_of(bytes);
    words[3] &= ~(Word{1} << 63);
    return {words};
  }
};

/// Word by word: as wider ones a compiler would read what was written as words a moment before, for which the
/// CPU waits.
inline void swap_if(Word mask, Number64& a, Number64& b) {
  for (std::size_t i = 0; i < 4; ++i) {
    const Word before = a.limb[i];
    __asm__(
        "testq %[mask], %[mask]\n\t"
        "cmovnzq %[b], %[a]\n\t"
        "cmovnzq %[before], %[b]"
        : [a] "+&r"(a.limb[i]), [b] "+&r"(b.limb[i])
        : [mask] "r"(mask), [before] "r"(before)
        : "cc");
  }
}

/// Of two short ones. 2^256 is 38: what is left above it is so little that no carry comes of these.
inline Number64 add(const Number64& a, const Number64& b) {
  auto [r0, r1, r2, r3] = a.limb;
  Word carry;
  __asm__(
      "addq %[b0], %[r0]\n\t"
      "adcq %[b1], %[r1]\n\t"
      "adcq %[b2], %[r2]\n\t"
      "adcq %[b3], %[r3]\n\t"
      "sbbq %[carry], %[carry]\n\t"
      "andl $38, %k[carry]\n\t"
      "addq %[carry], %[r0]"
      : [r0] "+&r"(r0), [r1] "+&r"(r1), [r2] "+&r"(r2), [r3] "+&r"(r3), [carry] "=&r"(carry)
      : [b0] "m"(b.limb[0]), [b1] "m"(b.limb[1]), [b2] "m"(b.limb[2]), [b3] "m"(b.limb[3])
      : "cc");
  return {{r0, r1, r2, r3}};
}

/// Of any number and a short one: the sum that is left can't come to 2^256 again.
inline Number64 add_to_any(const Number64& a, const Number64& b) {
  auto [r0, r1, r2, r3] = a.limb;
  Word carry;
  __asm__(
      "addq %[b0], %[r0]\n\t"
      "adcq %[b1], %[r1]\n\t"
      "adcq %[b2], %[r2]\n\t"
      "adcq %[b3], %[r3]\n\t"
      "sbbq %[carry], %[carry]\n\t"
      "andl $38, %k[carry]\n\t"
      "addq %[carry], %[r0]\n\t"
      "adcq $0, %[r1]\n\t"
      "adcq $0, %[r2]\n\t"
      "adcq $0, %[r3]"
      : [r0] "+&r"(r0), [r1] "+&r"(r1), [r2] "+&r"(r2), [r3] "+&r"(r3), [carry] "=&r"(carry)
      : [b0] "m"(b.limb[0]), [b1] "m"(b.limb[1]), [b2] "m"(b.limb[2]), [b3] "m"(b.limb[3])
      : "cc");
  return {{r0, r1, r2, r3}};
}

/// A short one from any number: what is borrowed from 2^256 leaves more than 38.
inline Number64 subtract(const Number64& a, const Number64& b) {
  auto [r0, r1, r2, r3] = a.limb;
  Word borrow;
  __asm__(
      "subq %[b0], %[r0]\n\t"
      "sbbq %[b1], %[r1]\n\t"
      "sbbq %[b2], %[r2]\n\t"
      "sbbq %[b3], %[r3]\n\t"
      "sbbq %[borrow], %[borrow]\n\t"
      "andl $38, %k[borrow]\n\t"
      "subq %[borrow], %[r0]\n\t"
      "sbbq $0, %[r1]\n\t"
      "sbbq $0, %[r2]\n\t"
      "sbbq $0, %[r3]"
      : [r0] "+&r"(r0), [r1] "+&r"(r1), [r2] "+&r"(r2), [r3] "+&r"(r3), [borrow] "=&r"(borrow)
      : [b0] "m"(b.limb[0]), [b1] "m"(b.limb[1]), [b2] "m"(b.limb[2]), [b3] "m"(b.limb[3])
      : "cc");
  return {{r0, r1, r2, r3}};
}

// clang-format off
// NOLINTBEGIN(cppcoreguidelines-macro-usage): the assembler wants one literal
// t4 to r0, where t4 is what is above 2^256: made short, as 2^255 is 19.
#define MAILTAP_X25519_SHORTEN      \
  "movq %[r3], %[lo]\n\t"           \
  "shrq $63, %[lo]\n\t"             \
  "leaq (%[lo],%[t4],2), %[t4]\n\t" \
  "btrq $63, %[r3]\n\t"             \
  "imulq $19, %[t4], %[t4]\n\t"     \
  "addq %[t4], %[r0]\n\t"           \
  "adcq $0, %[r1]\n\t"              \
  "adcq $0, %[r2]\n\t"              \
  "adcq $0, %[r3]"

// t7 to t4, which are times 2^256, added to r3 to r0 as 38 times as much.
#define MAILTAP_X25519_FOLD           \
  "movl $38, %%edx\n\t"                   \
  "xorl %k[lo], %k[lo]\n\t"               \
  "mulxq %[t4], %[lo], %[hi]\n\t"     \
  "adcxq %[lo], %[r0]\n\t"                \
  "adoxq %[hi], %[r1]\n\t"            \
  "mulxq %[t5], %[lo], %[hi]\n\t"     \
  "adcxq %[lo], %[r1]\n\t"                \
  "adoxq %[hi], %[r2]\n\t"            \
  "mulxq %[t6], %[lo], %[hi]\n\t"     \
  "adcxq %[lo], %[r2]\n\t"                \
  "adoxq %[hi], %[r3]\n\t"            \
  "mulxq %[t7], %[lo], %[t4]\n\t"         \
  "adcxq %[lo], %[r3]\n\t"                \
  "movl $0, %k[lo]\n\t"                   \
  "adcxq %[lo], %[t4]\n\t"                \
  "adoxq %[lo], %[t4]\n\t" MAILTAP_X25519_SHORTEN

// A word of b times a, added from w0 on. w4 and t7 haven't been set yet.
#define MAILTAP_X25519_ROW(word, w0, w1, w2, w3, w4) \
  "movq %[" word "], %%rdx\n\t"                   \
  "xorl %k[lo], %k[lo]\n\t"                            \
  "mulxq %[a0], %[lo], %[t7]\n\t"                     \
  "adcxq %[lo], %[" w0 "]\n\t"                         \
  "adoxq %[t7], %[" w1 "]\n\t"                         \
  "mulxq %[a1], %[lo], %[t7]\n\t"                    \
  "adcxq %[lo], %[" w1 "]\n\t"                         \
  "adoxq %[t7], %[" w2 "]\n\t"                         \
  "mulxq %[a2], %[lo], %[t7]\n\t"                   \
  "adcxq %[lo], %[" w2 "]\n\t"                         \
  "adoxq %[t7], %[" w3 "]\n\t"                         \
  "mulxq %[a3], %[lo], %[" w4 "]\n\t"               \
  "adcxq %[lo], %[" w3 "]\n\t"                         \
  "movl $0, %k[lo]\n\t"                                \
  "adcxq %[lo], %[" w4 "]\n\t"                         \
  "adoxq %[lo], %[" w4 "]\n\t"
// NOLINTEND(cppcoreguidelines-macro-usage)
// clang-format on

inline Number64 multiply(const Number64& a, const Number64& b) {
  Word r0, r1, r2, r3, t4, t5, t6, t7, lo, hi;
  // clang-format off
  __asm__(
      "movq %[b0], %%rdx\n\t"
      "mulxq %[a0], %[r0], %[r1]\n\t"
      "mulxq %[a1], %[lo], %[r2]\n\t"
      "addq %[lo], %[r1]\n\t"
      "mulxq %[a2], %[lo], %[r3]\n\t"
      "adcq %[lo], %[r2]\n\t"
      "mulxq %[a3], %[lo], %[t4]\n\t"
      "adcq %[lo], %[r3]\n\t"
      "adcq $0, %[t4]\n\t"
      MAILTAP_X25519_ROW("b1", "r1", "r2", "r3", "t4", "t5")
      MAILTAP_X25519_ROW("b2", "r2", "r3", "t4", "t5", "t6")
      MAILTAP_X25519_ROW("b3", "r3", "t4", "t5", "t6", "t7")
      MAILTAP_X25519_FOLD
      : [r0] "=&r"(r0), [r1] "=&r"(r1), [r2] "=&r"(r2), [r3] "=&r"(r3), [t4] "=&r"(t4), [t5] "=&r"(t5),
        [t6] "=&r"(t6), [t7] "=&r"(t7), [lo] "=&r"(lo), [hi] "=&r"(hi)
      : [a0] "m"(a.limb[0]), [a1] "m"(a.limb[1]), [a2] "m"(a.limb[2]), [a3] "m"(a.limb[3]), [b0] "m"(b.limb[0]), [b1] "m"(b.limb[1]), [b2] "m"(b.limb[2]), [b3] "m"(b.limb[3])
      : "rdx", "cc");
  // clang-format on
  return {{r0, r1, r2, r3}};
}

/// Each product of two different words once, doubled with what comes before it, and the squares of words.
inline Number64 square(const Number64& a) {
  Word r0, r1, r2, r3, t4, t5, t6, t7, lo, hi;
  __asm__(
      "movq %[a0], %%rdx\n\t"
      "mulxq %[a1], %[r1], %[r2]\n\t"
      "mulxq %[a2], %[lo], %[r3]\n\t"
      "addq %[lo], %[r2]\n\t"
      "mulxq %[a3], %[lo], %[t4]\n\t"
      "adcq %[lo], %[r3]\n\t"
      "adcq $0, %[t4]\n\t"
      "movq %[a1], %%rdx\n\t"
      "xorl %k[lo], %k[lo]\n\t"
      "mulxq %[a2], %[lo], %[hi]\n\t"
      "adcxq %[lo], %[r3]\n\t"
      "adoxq %[hi], %[t4]\n\t"
      "mulxq %[a3], %[lo], %[t5]\n\t"
      "adcxq %[lo], %[t4]\n\t"
      "movl $0, %k[lo]\n\t"
      "adcxq %[lo], %[t5]\n\t"
      "adoxq %[lo], %[t5]\n\t"
      "movq %[a2], %%rdx\n\t"
      "mulxq %[a3], %[lo], %[t6]\n\t"
      "addq %[lo], %[t5]\n\t"
      "adcq $0, %[t6]\n\t"
      "movq %[a0], %%rdx\n\t"
      "xorl %k[t7], %k[t7]\n\t"
      "mulxq %%rdx, %[r0], %[hi]\n\t"
      "adcxq %[r1], %[r1]\n\t"
      "adoxq %[hi], %[r1]\n\t"
      "movq %[a1], %%rdx\n\t"
      "mulxq %%rdx, %[lo], %[hi]\n\t"
      "adcxq %[r2], %[r2]\n\t"
      "adoxq %[lo], %[r2]\n\t"
      "adcxq %[r3], %[r3]\n\t"
      "adoxq %[hi], %[r3]\n\t"
      "movq %[a2], %%rdx\n\t"
      "mulxq %%rdx, %[lo], %[hi]\n\t"
      "adcxq %[t4], %[t4]\n\t"
      "adoxq %[lo], %[t4]\n\t"
      "adcxq %[t5], %[t5]\n\t"
      "adoxq %[hi], %[t5]\n\t"
      "movq %[a3], %%rdx\n\t"
      "mulxq %%rdx, %[lo], %[hi]\n\t"
      "adcxq %[t6], %[t6]\n\t"
      "adoxq %[lo], %[t6]\n\t"
      "adcxq %[t7], %[t7]\n\t"
      "adoxq %[hi], %[t7]\n\t" MAILTAP_X25519_FOLD
      : [r0] "=&r"(r0), [r1] "=&r"(r1), [r2] "=&r"(r2), [r3] "=&r"(r3), [t4] "=&r"(t4), [t5] "=&r"(t5),
        [t6] "=&r"(t6), [t7] "=&r"(t7), [lo] "=&r"(lo), [hi] "=&r"(hi)
      : [a0] "m"(a.limb[0]), [a1] "m"(a.limb[1]), [a2] "m"(a.limb[2]), [a3] "m"(a.limb[3])
      : "rdx", "cc");
  return {{r0, r1, r2, r3}};
}

/// The factor is below 2^17.
inline Number64 multiply_small(const Number64& a, Word factor) {
  Word r0, r1, r2, r3, t4, lo;
  __asm__(
      "mulxq %[a0], %[r0], %[r1]\n\t"
      "mulxq %[a1], %[lo], %[r2]\n\t"
      "addq %[lo], %[r1]\n\t"
      "mulxq %[a2], %[lo], %[r3]\n\t"
      "adcq %[lo], %[r2]\n\t"
      "mulxq %[a3], %[lo], %[t4]\n\t"
      "adcq %[lo], %[r3]\n\t"
      "adcq $0, %[t4]\n\t" MAILTAP_X25519_SHORTEN
      : [r0] "=&r"(r0), [r1] "=&r"(r1), [r2] "=&r"(r2), [r3] "=&r"(r3), [t4] "=&r"(t4), [lo] "=&r"(lo)
      : [a0] "m"(a.limb[0]), [a1] "m"(a.limb[1]), [a2] "m"(a.limb[2]), [a3] "m"(a.limb[3]), "d"(factor)
      : "cc");
  return {{r0, r1, r2, r3}};
}

#undef MAILTAP_X25519_ROW
#undef MAILTAP_X25519_FOLD
#undef MAILTAP_X25519_SHORTEN

/// Of those that are the same modulo the modulus, the one that is less than it.
inline void write(const Number64& short_one, MutableBytes bytes) {
  auto words = short_one.limb;
  const auto plus = [&words](Word carry) {
    for (auto& word : words) {
      word += carry;
      carry = word < carry ? 1 : 0;
    }
  };
  constexpr Word all_but_highest = ~(Word{1} << 63);
  const Word above = words[3] >> 63;
  words[3] &= all_but_highest;
  plus(19 * above);  // below 2^255 + 2^23 now only if it was below 2^255: so it is below 2^255
  plus(19);
  const Word is_less = 1 - (words[3] >> 63);  // than the modulus, without those 19
  Word borrow = 19 * is_less;
  for (auto& word : words) {
    const Word before = word;
    word -= borrow;
    borrow = before < borrow ? 1 : 0;
  }
  words[3] &= all_but_highest;
  write_words(words, bytes);
}

}  // namespace mailtap::crypto::x25519
