// Reading and writing whole files, with errors that name the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap {

/// Refuses a folder, and a file larger than `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{64} << 20);
/// The same of a file that somebody has named: where it can't be read the error says what to do.
Result<std::string> read_named_file(const std::filesystem::path& path,
                                    std::size_t limit = std::size_t{64} << 20);

/// What to say of a private key's file that whoever has an account may read. Empty: it's in order, or that
/// can't be known.
std::string key_file_risk(const std::filesystem::path& path);

// What to type so that the user that mailtap runs as can read a file, and no stranger: its group gets the
// right. Under systemd that is the service's, whoever makes the file; to root it is the package's, where
// there is one.

/// "(umask 027; COMMAND > PATH; chgrp GROUP PATH)"
std::string recipe_to_make(std::string_view command, const std::filesystem::path& path);
/// "chgrp GROUP PATH && chmod 640 PATH"
std::string recipe_to_share(const std::filesystem::path& path);
/// What keeps strangers out and leaves it readable for this user: its owner needs "chmod g-w,o= PATH" alone,
/// for another it is the same as to share it.
std::string recipe_to_close(const std::filesystem::path& path);

enum class FileMode { world_readable = 0644, owner_only = 0600 };

/// Creates the file with exactly that mode, complete or not at all; an existing file is an error.
Result<void> create_file(const std::filesystem::path& path, std::string_view content, FileMode mode);

/// Replaces the file in one step (written beside it, then renamed).
Result<void> replace_file(const std::filesystem::path& path, std::string_view content, FileMode mode);

/// Makes a folder with a name of its own that begins with `prefix`, which only this user may enter. Empty,
/// with errno: it can't be made.
std::filesystem::path make_private_folder(const std::filesystem::path& parent, std::string_view prefix);

/// True if others than the file's owner and group may read it, or others than its owner change it. False also
/// where that can't be known.
bool is_open_to_others(const std::filesystem::path& file);

/// Held by one process at a time, until it goes: for whoever reads a file, changes it and replaces it. It is
/// on the file's folder, because the file itself is replaced. Waits for whoever has it. Where a file system
/// knows no locks (flock(2)) it is none.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& file);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::intptr_t held_;  ///< the system's name for it, or -1
};

}  // namespace mailtap
