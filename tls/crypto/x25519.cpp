#include "tls/crypto/x25519.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <string.h>

#include "tls/crypto/libcrypto.h"

#ifdef __SIZEOF_INT128__
#include "tls/crypto/x25519_number51.h"
#endif
#if defined(__x86_64__) && \
    defined(__OPTIMIZE__)  // else the compiler keeps registers to itself that they take
#define MAILTAP_X25519_NUMBER64
#include <cpuid.h>

#include "tls/crypto/x25519_number64.h"
#endif

namespace mailtap::crypto {

#ifndef __SIZEOF_INT128__

bool x25519_has(X25519Numbers numbers) {
  return numbers == X25519Numbers::portable;
}

bool x25519_public_key(Bytes scalar, MutableBytes u, X25519Numbers) {
  return libcrypto::montgomery_public_key(scalar, u);
}

bool x25519_shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u, X25519Numbers) {
  return libcrypto::montgomery_shared_secret(scalar, peer_u, u);
}

#else

namespace {

using namespace x25519;

/// All ones or zero, in a way that the compiler doesn't know: it can't make a branch of it.
inline Word mask_of(Word bit) {
  Word mask = 0 - bit;
#if defined(__GNUC__)
  __asm__("" : "+r"(mask));
#endif
  return mask;
}

template <class Number>
void take_if(Word mask, Number& to, const Number& from) {
  for (std::size_t i = 0; i < to.limb.size(); ++i) to.limb[i] ^= mask & (to.limb[i] ^ from.limb[i]);
}

template <class Number>
void swap_if(Word mask, Number& a, Number& b) {
  for (std::size_t i = 0; i < a.limb.size(); ++i) {
    const Word difference = mask & (a.limb[i] ^ b.limb[i]);
    a.limb[i] ^= difference;
    b.limb[i] ^= difference;
  }
}

template <class Number>
constexpr Number zero = Number::of(0);
template <class Number>
constexpr Number one = Number::of(1);

template <class Number>
Number squared(Number a, unsigned times) {
  while (times-- > 0) a = square(a);
  return a;
}

/// To the power of 2^255 - 21; of zero it is zero.
template <class Number>
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

/// Of -x^2 + y^2 = 1 + d x^2 y^2, with x = X/Z, y = Y/Z, x y = T/Z (RFC 8032 section 5.1.4). All are short.
template <class Number>
struct Point {
  Number x, y, z, t;
};

/// A point that is added: y + x, y - x and 2 d x y, all short.
template <class Number>
struct Addend {
  Number sum, difference, product;
};

template <class Number>
Point<Number> add(const Point<Number>& p, const Addend<Number>& q) {
  const Number a = multiply(subtract(p.y, p.x), q.difference);
  const Number b = multiply(add(p.y, p.x), q.sum);
  const Number c = multiply(p.t, q.product);
  const Number d = add(p.z, p.z);
  const Number e = subtract(b, a), f = subtract(d, c), g = add_to_any(d, c), h = add(b, a);
  return {multiply(e, f), multiply(g, h), multiply(f, g), multiply(e, h)};
}

template <class Number>
Point<Number> twice(const Point<Number>& p) {
  const Number a = square(p.x), b = square(p.y), c = square(p.z);
  const Number h = add(a, b), e = subtract(h, square(add(p.x, p.y))), g = subtract(a, b);
  const Number f = add_to_any(add_to_any(g, c), c);
  return {multiply(e, f), multiply(g, h), multiply(f, g), multiply(e, h)};
}

template <class Number>
Addend<Number> addend(const Point<Number>& p) {
  constexpr Key twice_d{0x59, 0xf1, 0xb2, 0x26, 0x94, 0x9b, 0xd6, 0xeb, 0x56, 0xb1, 0x83,
                        0x82, 0x9a, 0x14, 0xe0, 0x00, 0x30, 0xd1, 0xf3, 0xee, 0xf2, 0x80,
                        0x8e, 0x19, 0xe7, 0xfc, 0xdf, 0x56, 0xdc, 0xd9, 0x06, 0x24};
  const Number inverted = inverse(p.z);
  const Number x = multiply(p.x, inverted), y = multiply(p.y, inverted);
  return {multiply(add(y, x), one<Number>), multiply(subtract(y, x), one<Number>),
          multiply(multiply(x, y), Number::read(twice_d))};
}

template <class Number>
Point<Number> base_point() {
  constexpr Key x{0x1a, 0xd5, 0x25, 0x8f, 0x60, 0x2d, 0x56, 0xc9, 0xb2, 0xa7, 0x25,
                  0x95, 0x60, 0xc7, 0x2c, 0x69, 0x5c, 0xdc, 0xd6, 0xfd, 0x31, 0xe2,
                  0xa4, 0xc0, 0xfe, 0x53, 0x6e, 0xcd, 0xd3, 0x36, 0x69, 0x21};
  Key y;  // four fifths
  y.fill(0x66);
  y[0] = 0x58;
  return {Number::read(x), Number::read(y), one<Number>, multiply(Number::read(x), Number::read(y))};
}

constexpr std::size_t digits = 64;  // of four bits, -8 to 7, the last to 8

/// In row i the 1- to 8-fold of the base point times 256^i.
template <class Number>
class Table {
 public:
  using Row = std::array<Addend<Number>, 8>;
  Table() {
    Point<Number> base = base_point<Number>();
    for (auto& row : rows_) {
      row[0] = addend(base);
      Point<Number> multiple = base;
      for (std::size_t i = 1; i < row.size(); ++i) {
        multiple = add(multiple, row[0]);
        row[i] = addend(multiple);
      }
      for (unsigned i = 0; i < 8; ++i) base = twice(base);
    }
  }
  /// Reads the whole row.
  Addend<Number> multiple(std::size_t row, std::int8_t digit) const {
    const Word negative = static_cast<std::uint8_t>(digit) >> 7;
    const auto sign = static_cast<std::uint8_t>(0 - negative);
    const Word size = static_cast<std::uint8_t>((static_cast<std::uint8_t>(digit) ^ sign) - sign);
    Addend<Number> chosen{one<Number>, one<Number>, zero<Number>};
    for (Word i = 0; i < 8; ++i) {
      const auto mask = mask_of(((size ^ (i + 1)) - 1) >> 63);
      const auto& entry = rows_[row][i];
      take_if(mask, chosen.sum, entry.sum);
      take_if(mask, chosen.difference, entry.difference);
      take_if(mask, chosen.product, entry.product);
    }
    const auto mask = mask_of(negative);
    swap_if(mask, chosen.sum, chosen.difference);
    take_if(mask, chosen.product, subtract(zero<Number>, chosen.product));
    return chosen;
  }

 private:
  std::array<Row, digits / 2> rows_;
};

template <class Number>
const Table<Number>& table() {
  static const Table<Number> made;
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
template <class Number>
struct Ladder {
  explicit Ladder(const Number& u) : x_1(u), x_3(u) {}
  void swap(Word bit) {
    const auto mask = mask_of(bit);
    swap_if(mask, x_2, x_3);
    swap_if(mask, z_2, z_3);
  }
  void step() {
    constexpr Word a24 = 121665;
    // In an order in which neighbours don't wait for each other.
    const Number a = add(x_2, z_2), b = subtract(x_2, z_2);
    const Number c = add(x_3, z_3), d = subtract(x_3, z_3);
    const Number aa = square(a), bb = square(b);
    const Number da = multiply(d, a), cb = multiply(c, b);
    const Number e = subtract(aa, bb);
    x_2 = multiply(aa, bb);
    const Number sum = add(da, cb), difference = subtract(da, cb);
    const Number larger = add(aa, multiply_small(e, a24));
    x_3 = square(sum);
    const Number squared_difference = square(difference);
    z_2 = multiply(e, larger);
    z_3 = multiply(x_1, squared_difference);
  }
  Number x_1, x_2 = one<Number>, z_2 = zero<Number>, x_3, z_3 = one<Number>;
};

template <class Number>
bool public_key(Bytes scalar, MutableBytes u) {
  if (scalar.size() != key_size || u.size() != key_size) return false;
  const Secret key(decoded(scalar));
  const Secret digit(digits_of(key.value));
  Secret point(Point<Number>{zero<Number>, one<Number>, one<Number>, zero<Number>});
  auto& sum = point.value;
  const auto& multiples = table<Number>();
  for (std::size_t i = 1; i < digits; i += 2) sum = add(sum, multiples.multiple(i / 2, digit.value[i]));
  for (unsigned i = 0; i < 4; ++i) sum = twice(sum);
  for (std::size_t i = 0; i < digits; i += 2) sum = add(sum, multiples.multiple(i / 2, digit.value[i]));
  // The same point of Montgomery's curve (RFC 7748 section 4.1).
  write(multiply(add(sum.z, sum.y), inverse(subtract(sum.z, sum.y))), u);
  return true;
}

template <class Number>
bool shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u) {
  if (scalar.size() != key_size || peer_u.size() != key_size || u.size() != key_size) return false;
  const Secret key(decoded(scalar));
  Secret state(Ladder<Number>(Number::read(key_of(peer_u))));
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

#ifdef MAILTAP_X25519_NUMBER64
bool cpu_has_bmi2_and_adx() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) == 1 && (b & bit_BMI2) != 0 && (b & bit_ADX) != 0;
}
#endif

}  // namespace

bool x25519_has(X25519Numbers numbers) {
#ifdef MAILTAP_X25519_NUMBER64
  static const bool has_adx = cpu_has_bmi2_and_adx();
  return numbers == X25519Numbers::portable || has_adx;
#else
  return numbers == X25519Numbers::portable;
#endif
}

bool x25519_public_key(Bytes scalar, MutableBytes u, [[maybe_unused]] X25519Numbers numbers) {
#ifdef MAILTAP_X25519_NUMBER64
  if (numbers == X25519Numbers::adx) return public_key<Number64>(scalar, u);
#endif
  return public_key<Number51>(scalar, u);
}

bool x25519_shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u,
                          [[maybe_unused]] X25519Numbers numbers) {
#ifdef MAILTAP_X25519_NUMBER64
  if (numbers == X25519Numbers::adx) return shared_secret<Number64>(scalar, peer_u, u);
#endif
  return shared_secret<Number51>(scalar, peer_u, u);
}

#endif

X25519Numbers x25519_fastest() {
  return x25519_has(X25519Numbers::adx) ? X25519Numbers::adx : X25519Numbers::portable;
}

}  // namespace mailtap::crypto
