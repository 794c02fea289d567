// An answer for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "certs/verify/question.h"
#include "inspect/explain/explain.h"

namespace mailtap::explain {

/// Lines with a last newline. `coloured`: for a terminal.
std::string to_text(const Answer& answer, certs::Language language, bool coloured = false);
/// One document without the newline (docs/explain.md).
std::string to_json(const Answer& answer, certs::Language language);

/// What helps more than a text in which nothing is known: one a line.
std::vector<std::string> what_to_send(certs::Language language);

}  // namespace mailtap::explain
