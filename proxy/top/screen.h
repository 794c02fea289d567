// `mailtap top`: the live page's first screen for a terminal, of what the admin endpoint tells
// (docs/admin.md).
//
//   /api/state, /api/counts, /api/upstreams --screen()--> text
#pragma once

#include <string>
#include <string_view>

#include "config/base/language.h"
#include "config/base/result.h"
#include "proxy/terminal/table.h"

namespace mailtap::top {

/// What the endpoint answered, as JSON.
struct Told {
  std::string state;      ///< /api/state
  std::string counts;     ///< /api/counts?span=15m
  std::string upstreams;  ///< /api/upstreams
};

/// Lines, each ended by a newline; at most `height`, 0: all. Servers come worst first. What peers chose is
/// made harmless. An error: it isn't what the endpoint tells.
Result<std::string> screen(const Told& told, const terminal::Style& style, std::size_t height,
                           Language language = Language::english);

}  // namespace mailtap::top
