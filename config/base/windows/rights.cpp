#include "config/base/rights.h"

#include "config/base/windows/access.h"
#include "config/base/windows/system.h"

namespace mailtap {

/// By opening it: access() knows of no access lists, and of no paths above 260 characters.
bool may(Right right, const std::filesystem::path& path) {
  // The same bits list a folder, and make files in it. Of what is only there its attributes are asked for.
  const DWORD wanted = right == Right::exists  ? FILE_READ_ATTRIBUTES
                       : right == Right::write ? FILE_WRITE_DATA | FILE_APPEND_DATA
                                               : FILE_READ_DATA;
  constexpr DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  constexpr DWORD folders_too = FILE_FLAG_BACKUP_SEMANTICS;
  auto* const handle =
      ::CreateFileW(path.c_str(), wanted, shared, nullptr, OPEN_EXISTING, folders_too, nullptr);
  if (handle == INVALID_HANDLE_VALUE) {
    if (::GetLastError() == ERROR_SHARING_VIOLATION) return true;  // who has it open keeps others out for now
    set_errno();
    return false;
  }
  ::CloseHandle(handle);
  return true;
}

}  // namespace mailtap
