// One connection as a ladder: the client, mailtap and the server side by side, every message with its time,
// what was offered and what was chosen, and the fault marked where it struck.
#pragma once

#include <string>

#include "config/base/language.h"
#include "inspect/trace/view/stored_trace.h"

namespace mailtap::trace {

struct LadderStyle {
  bool coloured = false;
  std::size_t width = 100;                ///< columns; at least 72 are used
  Language language = Language::english;  ///< of its sentences; labels are the same in each
};

/// Several lines, each with its newline.
std::string ladder(const StoredTrace& trace, const LadderStyle& style);

}  // namespace mailtap::trace
