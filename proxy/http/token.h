// A secret that whoever asks must show (RFC 6750): of the admin endpoint, and of what webhooks are posted to.
#pragma once

#include <string>

#include "config/base/result.h"

namespace mailtap::http {

inline constexpr std::size_t min_token = 16;  ///< characters

/// The token in a file that its owner and group alone may read, and the owner write: a line of at least so
/// many printable characters.
Result<std::string> read_token(const std::string& file);

}  // namespace mailtap::http
