// Bytes in memory: views and owners.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace mailtap {

/// A view of somebody else's bytes. Valid as long as the function that receives it runs, unless that
/// function's comment says otherwise.
using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;
using Buffer = std::vector<std::uint8_t>;

/// Empties it and gives its memory back, which clear() and `= {}` (an empty list is assigned) don't.
inline void release(Buffer& buffer) {
  Buffer().swap(buffer);
}

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace mailtap
