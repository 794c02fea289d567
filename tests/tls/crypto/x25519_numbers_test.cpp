// The numbers that X25519 computes with where the CPU can, against the portable ones.
#include <catch2/catch_test_macros.hpp>

#include "tls/crypto/x25519.h"

#if defined(__x86_64__) && defined(__OPTIMIZE__)

#include <array>
#include <utility>
#include <vector>

#include "config/base/bytes.h"
#include "tls/crypto/x25519_number51.h"
#include "tls/crypto/x25519_number64.h"

using namespace mailtap;
using namespace mailtap::crypto;

namespace {

using x25519::Number51;
using x25519::Number64;
using x25519::Word;

template <class Number>
Buffer written(const Number& number) {
  Buffer all(x25519::key_size);
  write(multiply(number, Number::of(1)), all);
  return all;
}

}  // namespace

TEST_CASE("Numbers of four words are those of five limbs, where carries run through and where they don't") {
  if (!x25519_has(X25519Numbers::adx)) SKIP("this CPU has no BMI2 or no ADX");
  // Words at their limits in every combination, so that each carry and each borrow is and isn't one.
  constexpr std::array<Word, 4> limits{0, 38, ~Word{0} >> 1, ~Word{0}};
  std::vector<std::pair<Number64, Number51>> all;
  for (const auto w0 : limits)
    for (const auto w1 : limits)
      for (const auto w2 : limits)
        for (const auto w3 : limits) {
          x25519::Key key;
          x25519::write_words({w0, w1, w2, w3}, key);
          auto as_51 = Number51::read(key);
          if (w3 >> 63 != 0) as_51 = add(as_51, Number51::of(19));
          all.emplace_back(Number64{{w0, w1, w2, w3}}, multiply(as_51, Number51::of(1)));
        }
  std::size_t wrong = 0;
  for (const auto& [a, a51] : all) {
    wrong += written(square(a)) == written(square(a51)) ? 0 : 1;
    wrong += written(multiply_small(a, 121665)) == written(multiply_small(a51, 121665)) ? 0 : 1;
    for (const auto& [b, b51] : all) {
      wrong += written(multiply(a, b)) == written(multiply(a51, b51)) ? 0 : 1;
      const auto short_b = multiply(b, Number64::of(1));
      wrong += written(add_to_any(a, short_b)) == written(add(a51, b51)) ? 0 : 1;
      wrong += written(subtract(a, short_b)) == written(subtract(a51, b51)) ? 0 : 1;
      const auto short_a = multiply(a, Number64::of(1));
      wrong += written(add(short_a, short_b)) == written(add(a51, b51)) ? 0 : 1;
    }
  }
  CHECK(wrong == 0);
  // A product whose lowest words are all ones, so that what is carried out of it counts.
  constexpr Word factor = 121665;
  Word inverse = 1;
  for (int i = 0; i < 6; ++i) inverse *= 2 - factor * inverse;
  const Number64 carries{{~Word{0}, ~Word{0}, ~Word{0}, 0 - inverse}};
  CHECK(written(multiply_small(carries, factor)) == written(multiply(carries, Number64::of(factor))));
  // The largest short ones that there can be, and what is about 2^255 and the modulus.
  for (const Word low : {Word{0}, Word{18}, Word{19}, Word{20}, (Word{1} << 23) - 1})
    for (const Word lower : {Word{0}, ~Word{0} - 40, ~Word{0} - 18, ~Word{0}}) {
      const Number64 above{{low, 0, 0, Word{1} << 63}};
      const Number64 below{{lower, ~Word{0}, ~Word{0}, ~Word{0} >> 1}};
      CHECK(written(add(above, above)) == written(add_to_any(above, above)));
      CHECK(written(add(above, below)) == written(add_to_any(above, below)));
      CHECK(written(subtract(Number64::of(0), above)) ==
            written(subtract(Number51::of(0), Number51::of(low + 19))));
      Buffer as_is(x25519::key_size);
      write(below, as_is);
      CHECK(as_is == written(below));
      write(above, as_is);
      CHECK(as_is == written(Number51::of(low + 19)));
    }
}

#endif
