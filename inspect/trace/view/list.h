// Traces as a table, a line each.
#pragma once

#include <string>

#include "config/base/language.h"
#include "inspect/trace/view/stored_trace.h"

namespace mailtap::trace {

std::string list_heading(Language language = Language::english);
std::string list_row(const StoredTrace& trace, bool coloured, Language language = Language::english);

}  // namespace mailtap::trace
