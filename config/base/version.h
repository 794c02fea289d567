// Which mailtap this is.
#pragma once

#include <string>
#include <string_view>

namespace mailtap {

/// The release: "0.1.0".
std::string_view version();

/// The commit that was built, abbreviated; "+" behind it: with changes that weren't committed. Empty: it was
/// built outside a repository.
std::string_view commit();

/// "0.1.0 (1a2b3c4d5)", or "0.1.0".
std::string version_and_commit();

/// Optimised by a profile of what it does (scripts/profiled).
bool is_by_profile();

}  // namespace mailtap
