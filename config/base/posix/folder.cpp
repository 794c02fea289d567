#include "config/base/folder.h"

#include <cerrno>

#include <sys/stat.h>

namespace mailtap {

std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    entries.push_back(entry->path());
  return entries;
}

std::error_code make_own_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), S_IRWXU) == 0) return {};
  return {errno, std::generic_category()};
}

}  // namespace mailtap
