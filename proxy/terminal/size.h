// How large a terminal is.
#pragma once

#include <cstddef>
#include <optional>

namespace mailtap::terminal {

struct Size {
  std::size_t columns = 0;  ///< at least 1
  std::size_t rows = 0;     ///< 0: it doesn't say
};

/// Nothing: `descriptor` is no terminal, or one that doesn't say.
std::optional<Size> size_of(int descriptor);

}  // namespace mailtap::terminal
