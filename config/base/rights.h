// What this process may do with a file or folder, asked before it does.
#pragma once

#include <cstdint>
#include <filesystem>

namespace mailtap {

enum class Right : std::uint8_t {
  exists,  ///< none: it is there
  read,    ///< of a folder: list it
  write,   ///< of a folder: make files in it
  run,     ///< on Windows the same as to read it
};

/// False, with errno, if it may not or there is no such file.
bool may(Right right, const std::filesystem::path& path);

}  // namespace mailtap
