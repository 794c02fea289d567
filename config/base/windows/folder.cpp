#include "config/base/folder.h"

#include <cerrno>
#include <string_view>

#include "config/base/windows/access.h"
#include "config/base/windows/system.h"

namespace mailtap {

std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  WIN32_FIND_DATAW one{};
  auto* const search = ::FindFirstFileW((folder / L"*").c_str(), &one);
  if (search == INVALID_HANDLE_VALUE) return entries;
  do {
    const std::wstring_view name = one.cFileName;
    if (name != L"." && name != L"..") entries.push_back(folder / name);
  } while (::FindNextFileW(search, &one) != 0);
  ::FindClose(search);
  return entries;
}

std::error_code make_own_folder(const std::filesystem::path& folder) {
  PrivateAccess own;
  if (own.get() == nullptr) return {EACCES, std::generic_category()};
  if (::CreateDirectoryW(folder.c_str(), own.get()) != 0) return {};
  set_errno();
  return {errno, std::generic_category()};
}

}  // namespace mailtap
