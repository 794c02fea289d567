// Folders: what is in them, and making them.
#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

namespace mailtap {

/// What lies in it, in no order; nothing, if it can't be read. (On Windows the library's own iterator knows
/// no paths above 260 characters.)
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

/// Makes it, in a folder that is there, for this user alone (0700).
std::error_code make_own_folder(const std::filesystem::path& folder);

}  // namespace mailtap
