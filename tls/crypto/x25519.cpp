#include "tls/crypto/x25519.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <string.h>

#include "tls/crypto/libcrypto.h"

namespace mailtap::crypto {

#ifndef __SIZEOF_INT128__

bool x25519_public_key(Bytes scalar, MutableBytes u) {
  return libcrypto::montgomery_public_key(scalar, u);
}

bool x25519_shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u) {
  return libcrypto::montgomery_shared_secret(scalar, peer_u, u);
}

#else

namespace {

using Word = std::uint64_t;
__extension__ typedef unsigned __int128 Wide;

constexpr std::size_t key_size = 32;
constexpr unsigned limb_bits = 51;
constexpr Word limb_mask = (Word{1} << limb_bits) - 1;

// --- numbers ----------------------------------------------------------------------------------------------

/// The sum of limb[i] * 2^(51 i). What multiply() and square() give has limbs below 2^51 + 2^13 ("short"),
/// and they take limbs below 2^54.
struct Number {
  std::array<Word, 5> limb;
};

constexpr Number zero{{0, 0, 0, 0, 0}};
constexpr Number one{{1, 0, 0, 0, 0}};

/// All ones or zero, in a way that the compiler doesn't know: it can't make a branch of it.
inline Word mask_of(Word bit) {
  Word mask = 0 - bit;
#if defined(__GNUC__)
  __asm__("" : "+r"(mask));
#endif
  return mask;
}

inline void take_if(Word mask, Number& to, const Number& from) {
  for (std::size_t i = 0; i < 5; ++i) to.limb[i] ^= mask & (to.limb[i] ^ from.limb[i]);
}

inline void swap_if(Word mask, Number& a, Number& b) {
  for (std::size_t i = 0; i < 5; ++i) {
    const Word difference = mask & (a.limb[i] ^ b.limb[i]);
    a.limb[i] ^= difference;
    b.limb[i] ^= difference;
  }
}

/// Of two short ones below 2^53.
inline Number add(const Number& a, const Number& b) {
  Number sum;
  for (std::size_t i = 0; i < 5; ++i) sum.limb[i] = a.limb[i] + b.limb[i];
  return sum;
}

/// Plus four times the modulus, so that no limb is negative: b's are below 2^53 - 76. Less than a's limb +
/// 2^53.
inline Number subtract(const Number& a, const Number& b) {
  constexpr Word lowest = 4 * (limb_mask - 18);
  constexpr Word other = 4 * limb_mask;
  Number difference;
  difference.limb[0] = a.limb[0] + lowest - b.limb[0];
  for (std::size_t i = 1; i < 5; ++i) difference.limb[i] = a.limb[i] + other - b.limb[i];
  return difference;
}

/// Short. With factors below 2^54 the last sum is below 2^111, so that 19 times what it carries fits into a
/// word.
inline Number carried(Wide t0, Wide t1, Wide t2, Wide t3, Wide t4) {
  t1 += static_cast<Word>(t0 >> limb_bits);
  t2 += static_cast<Word>(t1 >> limb_bits);
  t3 += static_cast<Word>(t2 >> limb_bits);
  t4 += static_cast<Word>(t3 >> limb_bits);
  const Word lowest = (static_cast<Word>(t0) & limb_mask) + 19 * static_cast<Word>(t4 >> limb_bits);
  return {{lowest & limb_mask, (static_cast<Word>(t1) & limb_mask) + (lowest >> limb_bits),
           static_cast<Word>(t2) & limb_mask, static_cast<Word>(t3) & limb_mask,
           static_cast<Word>(t4) & limb_mask}};
}

inline Number multiply(const Number& a, const Number& b) {
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

inline Number square(const Number& a) {
  const auto [a0, a1, a2, a3, a4] = a.limb;
  const Word d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3, c3 = 19 * a3, c4 = 19 * a4;
  const auto by = [](Word x, Word y) { return static_cast<Wide>(x) * y; };
  return carried(by(a0, a0) + by(d1, c4) + by(d2, c3), by(d0, a1) + by(d2, c4) + by(a3, c3),
                 by(d0, a2) + by(a1, a1) + by(d3, c4), by(d0, a3) + by(d1, a2) + by(a4, c4),
                 by(d0, a4) + by(d1, a3) + by(a2, a2));
}

/// a below 2^54, the factor below 2^17.
inline Number multiply_small(const Number& a, Word factor) {
  const auto by = [factor](Word x) { return static_cast<Wide>(x) * factor; };
  return carried(by(a.limb[0]), by(a.limb[1]), by(a.limb[2]), by(a.limb[3]), by(a.limb[4]));
}

Number squared(Number a, unsigned times) {
  while (times-- > 0) a = square(a);
  return a;
}

/// To the power of 2^255 - 21; of zero it is zero.
Number inverse(const Number& a) {
  const Number a2 = square(a);
  const Number a9 = multiply(squared(a2, 2), a);
  const Number a11 = multiply(a9, a2);
  const Number of_5 = multiply(square(a11), a9);  // a to the power of 2^5 - 1, and so on
  const Number of_10 = multiply(squared(of_5, 5), of_5);
  const Number of_20 = multiply(squared(of_10, 10), of_10);
  const Number of_40 = multiply(squared(of_20, 20), of_20);
  const Number of_50 = multiply(squared(of_40, 10), of_10);
  const Number of_100 = multiply(squared(of_50, 50), of_50);
  const Number of_200 = multiply(squared(of_100, 100), of_100);
  const Number of_250 = multiply(squared(of_200, 50), of_50);
  return multiply(squared(of_250, 5), a11);
}

using Key = std::array<std::uint8_t, key_size>;

Word little_endian(const std::uint8_t* bytes) {
  Word word = 0;
  for (unsigned i = 0; i < 8; ++i) word |= static_cast<Word>(bytes[i]) << (8 * i);
  return word;
}

/// The highest bit is ignored; what is no less than the modulus is taken modulo it (RFC 7748 section 5).
Number read(const Key& bytes) {
  const Word w0 = little_endian(bytes.data()), w1 = little_endian(bytes.data() + 8);
  const Word w2 = little_endian(bytes.data() + 16), w3 = little_endian(bytes.data() + 24);
  return {{w0 & limb_mask, (w0 >> 51 | w1 << 13) & limb_mask, (w1 >> 38 | w2 << 26) & limb_mask,
           (w2 >> 25 | w3 << 39) & limb_mask, (w3 >> 12) & limb_mask}};
}

/// The one that is less than the modulus.
void write(const Number& short_one, MutableBytes bytes) {
  auto limb = short_one.limb;
  const auto carry = [&limb] {
    for (std::size_t i = 0; i < 4; ++i) {
      limb[i + 1] += limb[i] >> limb_bits;
      limb[i] &= limb_mask;
    }
  };
  carry();
  limb[0] += 19 * (limb[4] >> limb_bits);
  limb[4] &= limb_mask;
  carry();  // below 2^255 + 19 now
  Word too_large = (limb[0] + 19) >> limb_bits;
  for (std::size_t i = 1; i < 5; ++i) too_large = (limb[i] + too_large) >> limb_bits;
  limb[0] += 19 * too_large;
  carry();
  limb[4] &= limb_mask;
  const std::array<Word, 4> words{limb[0] | limb[1] << 51, limb[1] >> 13 | limb[2] << 38,
                                  limb[2] >> 26 | limb[3] << 25, limb[3] >> 39 | limb[4] << 12};
  for (std::size_t i = 0; i < key_size; ++i)
    bytes[i] = static_cast<std::uint8_t>(words[i / 8] >> (8 * (i % 8)));
}

/// Erased when it goes.
template <class Value>
struct Secret {
  Value value;
  explicit Secret(const Value& from) : value(from) {}
  ~Secret() { ::explicit_bzero(&value, sizeof(value)); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
};

Key key_of(Bytes bytes) {
  Key key;
  std::ranges::copy(bytes, key.begin());
  return key;
}

/// As RFC 7748 decodes a scalar.
Key decoded(Bytes scalar) {
  auto key = key_of(scalar);
  key[0] &= 0xf8;
  key[key_size - 1] = (key[key_size - 1] & 0x7f) | 0x40;
  return key;
}

// --- the base point's multiples ---------------------------------------------------------------------------

/// Of -x^2 + y^2 = 1 + d x^2 y^2, with x = X/Z, y = Y/Z, x y = T/Z (RFC 8032 section 5.1.4).
struct Point {
  Number x, y, z, t;
};

/// A point that is added: y + x, y - x and 2 d x y, all short.
struct Addend {
  Number sum, difference, product;
};

Point add(const Point& p, const Addend& q) {
  const Number a = multiply(subtract(p.y, p.x), q.difference);
  const Number b = multiply(add(p.y, p.x), q.sum);
  const Number c = multiply(p.t, q.product);
  const Number d = add(p.z, p.z);
  const Number e = subtract(b, a), f = subtract(d, c), g = add(d, c), h = add(b, a);
  return {multiply(e, f), multiply(g, h), multiply(f, g), multiply(e, h)};
}

Point twice(const Point& p) {
  const Number a = square(p.x), b = square(p.y), c = square(p.z);
  const Number h = add(a, b), e = subtract(h, square(add(p.x, p.y))), g = subtract(a, b);
  const Number f = add(add(c, c), g);  // below 7 * 2^51 and a little
  return {multiply(e, f), multiply(g, h), multiply(f, g), multiply(e, h)};
}

Addend addend(const Point& p) {
  constexpr Key twice_d{0x59, 0xf1, 0xb2, 0x26, 0x94, 0x9b, 0xd6, 0xeb, 0x56, 0xb1, 0x83,
                        0x82, 0x9a, 0x14, 0xe0, 0x00, 0x30, 0xd1, 0xf3, 0xee, 0xf2, 0x80,
                        0x8e, 0x19, 0xe7, 0xfc, 0xdf, 0x56, 0xdc, 0xd9, 0x06, 0x24};
  const Number inverted = inverse(p.z);
  const Number x = multiply(p.x, inverted), y = multiply(p.y, inverted);
  return {multiply(add(y, x), one), multiply(subtract(y, x), one), multiply(multiply(x, y), read(twice_d))};
}

Point base_point() {
  constexpr Key x{0x1a, 0xd5, 0x25, 0x8f, 0x60, 0x2d, 0x56, 0xc9, 0xb2, 0xa7, 0x25,
                  0x95, 0x60, 0xc7, 0x2c, 0x69, 0x5c, 0xdc, 0xd6, 0xfd, 0x31, 0xe2,
                  0xa4, 0xc0, 0xfe, 0x53, 0x6e, 0xcd, 0xd3, 0x36, 0x69, 0x21};
  Key y;  // four fifths
  y.fill(0x66);
  y[0] = 0x58;
  return {read(x), read(y), one, multiply(read(x), read(y))};
}

constexpr std::size_t digits = 64;  // of four bits, -8 to 7, the last to 8

/// In row i the 1- to 8-fold of the base point times 256^i.
class Table {
 public:
  using Row = std::array<Addend, 8>;
  Table() {
    Point base = base_point();
    for (auto& row : rows_) {
      row[0] = addend(base);
      Point multiple = base;
      for (std::size_t i = 1; i < row.size(); ++i) {
        multiple = add(multiple, row[0]);
        row[i] = addend(multiple);
      }
      for (unsigned i = 0; i < 8; ++i) base = twice(base);
    }
  }
  /// Reads the whole row.
  Addend multiple(std::size_t row, std::int8_t digit) const {
    const Word negative = static_cast<std::uint8_t>(digit) >> 7;
    const auto sign = static_cast<std::uint8_t>(0 - negative);
    const Word size = static_cast<std::uint8_t>((static_cast<std::uint8_t>(digit) ^ sign) - sign);
    Addend chosen{one, one, zero};
    for (Word i = 0; i < 8; ++i) {
      const auto mask = mask_of(((size ^ (i + 1)) - 1) >> 63);
      const auto& entry = rows_[row][i];
      take_if(mask, chosen.sum, entry.sum);
      take_if(mask, chosen.difference, entry.difference);
      take_if(mask, chosen.product, entry.product);
    }
    const auto mask = mask_of(negative);
    swap_if(mask, chosen.sum, chosen.difference);
    take_if(mask, chosen.product, subtract(zero, chosen.product));
    return chosen;
  }

 private:
  std::array<Row, digits / 2> rows_;
};

const Table& table() {
  static const Table made;
  return made;
}

std::array<std::int8_t, digits> digits_of(const Key& key) {
  std::array<std::int8_t, digits> all;
  int carry = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = ((key[i / 2] >> (4 * (i % 2))) & 0xf) + carry;
    carry = i + 1 < digits ? (digit + 8) >> 4 : 0;
    all[i] = static_cast<std::int8_t>(digit - 16 * carry);
  }
  return all;
}

// --- the ladder -------------------------------------------------------------------------------------------

/// RFC 7748 section 5, by its names.
struct Ladder {
  explicit Ladder(const Number& u) : x_1(u), x_3(u) {}
  void swap(Word bit) {
    const auto mask = mask_of(bit);
    swap_if(mask, x_2, x_3);
    swap_if(mask, z_2, z_3);
  }
  void step() {
    constexpr Word a24 = 121665;
    const Number a = add(x_2, z_2), b = subtract(x_2, z_2), aa = square(a), bb = square(b);
    const Number e = subtract(aa, bb), c = add(x_3, z_3), d = subtract(x_3, z_3);
    const Number da = multiply(d, a), cb = multiply(c, b);
    x_3 = square(add(da, cb));
    z_3 = multiply(x_1, square(subtract(da, cb)));
    x_2 = multiply(aa, bb);
    z_2 = multiply(e, add(aa, multiply_small(e, a24)));
  }
  Number x_1, x_2 = one, z_2 = zero, x_3, z_3 = one;
};

}  // namespace

bool x25519_public_key(Bytes scalar, MutableBytes u) {
  if (scalar.size() != key_size || u.size() != key_size) return false;
  const Secret key(decoded(scalar));
  const Secret digit(digits_of(key.value));
  Secret point(Point{zero, one, one, zero});
  auto& sum = point.value;
  for (std::size_t i = 1; i < digits; i += 2) sum = add(sum, table().multiple(i / 2, digit.value[i]));
  for (unsigned i = 0; i < 4; ++i) sum = twice(sum);
  for (std::size_t i = 0; i < digits; i += 2) sum = add(sum, table().multiple(i / 2, digit.value[i]));
  // The same point of Montgomery's curve (RFC 7748 section 4.1).
  write(multiply(add(sum.z, sum.y), inverse(subtract(sum.z, sum.y))), u);
  return true;
}

bool x25519_shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u) {
  if (scalar.size() != key_size || peer_u.size() != key_size || u.size() != key_size) return false;
  const Secret key(decoded(scalar));
  Secret<Ladder> state(Ladder(read(key_of(peer_u))));
  auto& ladder = state.value;
  Word before = 0;
  for (std::size_t i = 255; i-- > 0;) {
    const Word bit = (key.value[i / 8] >> (i % 8)) & 1;
    ladder.swap(before ^ bit);
    before = bit;
    ladder.step();
  }
  ladder.swap(before);
  write(multiply(ladder.x_2, inverse(ladder.z_2)), u);
  std::uint8_t any = 0;
  for (const auto byte : u) any |= byte;
  return any != 0;
}

#endif

}  // namespace mailtap::crypto
