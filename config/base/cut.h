// Texts that others chose, kept short.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailtap {

/// The text, or its first `most` bytes at most and "..." behind them. A character of UTF-8 is kept whole or
/// left out.
std::string cut_to(std::string_view text, std::size_t most);

}  // namespace mailtap
