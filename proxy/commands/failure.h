/// How a command ends that can't do what it was asked for: exit statuses of sysexits.h, and the option that
/// is at fault.
#pragma once

#include <string>
#include <string_view>

#include "config/base/result.h"

namespace mailtap::commands {

inline constexpr int usage_error = 64;  // the command line or the configuration is wrong
inline constexpr int no_input = 66;     // what is to be read isn't there, or can't be read

/// The message, and before it the option that it is about, if it is about one. `operand` is the name of an
/// argument that stands without dashes.
inline std::string labelled(const Error& error, std::string_view operand = {}) {
  if (error.about.empty()) return error.message;
  return (error.about == operand ? "" : "--") + error.about + ": " + error.message;
}

}  // namespace mailtap::commands
