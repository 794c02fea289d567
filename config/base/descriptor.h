// Files that are written to for as long as a process lives, by descriptor. None of them is inherited by
// programs that it starts. What fails answers -1 and sets errno.
#pragma once

#include <filesystem>
#include <string>

#include "config/base/file.h"

namespace mailtap {

/// Opens the file, or makes it with this mode. A write goes to its end, whoever else writes to it.
int open_to_append(const std::string& file, FileMode mode);

/// The same for a log, whose group may read it, and which may be a named pipe: without a reader that is an
/// error at once (ENXIO), not a wait.
int open_log(const std::string& file);

/// Makes a file that only its owner may read; whatever has that name already, a link too, is an error.
int open_new(const std::filesystem::path& file);

/// Waits until a pipe, socket or terminal takes bytes: above 0; 0: not within that time. Where the system
/// can't wait for one it says at once that it does.
int wait_until_writable(int descriptor, int milliseconds);

}  // namespace mailtap
