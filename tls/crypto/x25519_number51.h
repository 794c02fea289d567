// Numbers modulo 2^255 - 19 in C++ alone: five limbs of 51 bits (tls/crypto/x25519.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tls/crypto/x25519_bytes.h"

namespace mailtap::crypto::x25519 {

__extension__ typedef unsigned __int128 Wide;

/// The sum of limb[i] * 2^(51 i). What multiply() and square() give has limbs below 2^51 + 2^13 ("short"),
/// and they take limbs below 2^54.
struct Number51 {
  static constexpr unsigned bits = 51;
  static constexpr Word mask = (Word{1} << bits) - 1;
  std::array<Word, 5> limb;

  static constexpr Number51 of(Word small) { return {{small, 0, 0, 0, 0}}; }
  /// The highest bit is ignored; what is no less than the modulus is taken modulo it (RFC 7748 section 5).
  static Number51 read(const Key& bytes) {
    const auto w = words_of(bytes);
    return {{w[0] & mask, (w[0] >> 51 | w[1] << 13) & mask, (w[1] >> 38 | w[2] << 26) & mask,
             (w[2] >> 25 | w[3] << 39) & mask, (w[3] >> 12) & mask}};
  }
};

/// Limbs below 2^54 in all.
inline Number51 add(const Number51& a, const Number51& b) {
  Number51 sum;
  for (std::size_t i = 0; i < 5; ++i) sum.limb[i] = a.limb[i] + b.limb[i];
  return sum;
}

inline Number51 add_to_any(const Number51& a, const Number51& b) {
  return add(a, b);
}

/// Plus four times the modulus, so that no limb is negative: b's are below 2^53 - 76. Less than a's limb +
/// 2^53.
inline Number51 subtract(const Number51& a, const Number51& b) {
  constexpr Word lowest = 4 * (Number51::mask - 18);
  constexpr Word other = 4 * Number51::mask;
  Number51 difference;
  difference.limb[0] = a.limb[0] + lowest - b.limb[0];
  for (std::size_t i = 1; i < 5; ++i) difference.limb[i] = a.limb[i] + other - b.limb[i];
  return difference;
}

/// Short. With factors below 2^54 the last sum is below 2^111, so that 19 times what it carries fits into a
/// word.
inline Number51 carried(Wide t0, Wide t1, Wide t2, Wide t3, Wide t4) {
  constexpr auto bits = Number51::bits;
  constexpr auto mask = Number51::mask;
  t1 += static_cast<Word>(t0 >> bits);
  t2 += static_cast<Word>(t1 >> bits);
  t3 += static_cast<Word>(t2 >> bits);
  t4 += static_cast<Word>(t3 >> bits);
  const Word lowest = (static_cast<Word>(t0) & mask) + 19 * static_cast<Word>(t4 >> bits);
  return {{lowest & mask, (static_cast<Word>(t1) & mask) + (lowest >> bits), static_cast<Word>(t2) & mask,
           static_cast<Word>(t3) & mask, static_cast<Word>(t4) & mask}};
}

inline Number51 multiply(const Number51& a, const Number51& b) {
  const auto [a0, a1, a2, a3, a4] = a.limb;
  const auto [b0, b1, b2, b3, b4] = b.limb;
  const Word c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;  // 2^255 is 19
  const auto by = [](Word x, Word y) { return static_cast<Wide>(x) * y; };
  return carried(by(a0, b0) + by(a1, c4) + by(a2, c3) + by(a3, c2) + by(a4, c1),
                 by(a0, b1) + by(a1, b0) + by(a2, c4) + by(a3, c3) + by(a4, c2),
                 by(a0, b2) + by(a1, b1) + by(a2, b0) + by(a3, c4) + by(a4, c3),
                 by(a0, b3) + by(a1, b2) + by(a2, b1) + by(a3, b0) + by(a4, c4),
                 by(a0, b4) + by(a1, b3) + by(a2, b2) + by(a3, b1) + by(a4, b0));
}

inline Number51 square(const Number51& a) {
  const auto [a0, a1, a2, a3, a4] = a.limb;
  const Word d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3, c3 = 19 * a3, c4 = 19 * a4;
  const auto by = [](Word x, Word y) { return static_cast<Wide>(x) * y; };
  return carried(by(a0, a0) + by(d1, c4) + by(d2, c3), by(d0, a1) + by(d2, c4) + by(a3, c3),
                 by(d0, a2) + by(a1, a1) + by(d3, c4), by(d0, a3) + by(d1, a2) + by(a4, c4),
                 by(d0, a4) + by(d1, a3) + by(a2, a2));
}

/// a below 2^54, the factor below 2^17.
inline Number51 multiply_small(const Number51& a, Word factor) {
  const auto by = [factor](Word x) { return static_cast<Wide>(x) * factor; };
  return carried(by(a.limb[0]), by(a.limb[1]), by(a.limb[2]), by(a.limb[3]), by(a.limb[4]));
}

/// Of those that are the same modulo the modulus, the one that is less than it.
inline void write(const Number51& short_one, MutableBytes bytes) {
  auto limb = short_one.limb;
  const auto carry = [&limb] {
    for (std::size_t i = 0; i < 4; ++i) {
      limb[i + 1] += limb[i] >> Number51::bits;
      limb[i] &= Number51::mask;
    }
  };
  carry();
  limb[0] += 19 * (limb[4] >> Number51::bits);
  limb[4] &= Number51::mask;
  carry();  // below 2^255 + 19 now
  Word too_large = (limb[0] + 19) >> Number51::bits;
  for (std::size_t i = 1; i < 5; ++i) too_large = (limb[i] + too_large) >> Number51::bits;
  limb[0] += 19 * too_large;
  carry();
  limb[4] &= Number51::mask;
  write_words({limb[0] | limb[1] << 51, limb[1] >> 13 | limb[2] << 38, limb[2] >> 26 | limb[3] << 25,
               limb[3] >> 39 | limb[4] << 12},
              bytes);
}

}  // namespace mailtap::crypto::x25519
