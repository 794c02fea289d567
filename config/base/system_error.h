// What the system says against something, with what to do about it.
#pragma once

#include <string>

namespace mailtap {

/// "; free some of its file system, or name a file elsewhere". `error`: errno's value. Empty where nothing is
/// known that would help.
std::string remedy_for(int error);

/// The system's words and remedy_for().
std::string system_says(int error);

}  // namespace mailtap
