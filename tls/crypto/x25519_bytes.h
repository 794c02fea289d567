// Keys as words, the least significant first, for both kinds of numbers of tls/crypto/x25519.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "config/base/bytes.h"

namespace mailtap::crypto::x25519 {

using Word = std::uint64_t;
inline constexpr std::size_t key_size = 32;
using Key = std::array<std::uint8_t, key_size>;
using Words = std::array<Word, 4>;

constexpr Words words_of(const Key& bytes) {
  Words words{};
  for (std::size_t i = 0; i < key_size; ++i) words[i / 8] |= static_cast<Word>(bytes[i]) << (8 * (i % 8));
  return words;
}

inline void write_words(const Words& words, MutableBytes bytes) {
  for (std::size_t i = 0; i < key_size; ++i)
    bytes[i] = static_cast<std::uint8_t>(words[i / 8] >> (8 * (i % 8)));
}

}  // namespace mailtap::crypto::x25519
