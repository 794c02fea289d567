// Passwords come from a file or from the terminal, never from the command line, which every user of the
// machine can read.
#pragma once

#include <string>

#include "config/base/language.h"
#include "config/base/result.h"

namespace mailtap::commands {

/// The first line of the file if one is named; else asked for on the terminal without echo. An error if
/// neither is possible. `what` completes "password of ...", which is asked in `language`.
Result<std::string> read_password(const std::string& password_file, const std::string& what,
                                  Language language);
/// The same for a new password, which is asked for twice and may not be empty.
Result<std::string> read_new_password(const std::string& password_file, const std::string& what,
                                      Language language);

}  // namespace mailtap::commands
