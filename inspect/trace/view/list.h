// Traces as a table, a line each.
#pragma once

#include <string>

#include "inspect/trace/view/stored_trace.h"

namespace mailtap::trace {

std::string list_heading();
std::string list_row(const StoredTrace& trace, bool coloured);

}  // namespace mailtap::trace
