#include "config/base/descriptor.h"

#include <cerrno>

#include "config/base/windows/access.h"
#include "config/base/windows/system.h"

namespace mailtap {

namespace {

/// Others may read the file meanwhile, rename and remove it, as logs' rotation does.
constexpr DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

int open_by(const std::filesystem::path& file, DWORD rights, DWORD creation, SECURITY_ATTRIBUTES* access,
            int flags) {
  auto* const handle =
      ::CreateFileW(file.c_str(), rights, shared, access, creation, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return set_errno(), -1;
  const int descriptor =
      ::_open_osfhandle(reinterpret_cast<std::intptr_t>(handle), flags | _O_BINARY | _O_NOINHERIT);
  if (descriptor < 0) ::CloseHandle(handle);
  return descriptor;
}

}  // namespace

/// FILE_APPEND_DATA alone: the system appends, whoever else writes.
int open_to_append(const std::string& file, FileMode mode) {
  PrivateAccess own;
  if (mode == FileMode::owner_only && own.get() == nullptr) return errno = EACCES, -1;
  return open_by(file, FILE_APPEND_DATA | SYNCHRONIZE, OPEN_ALWAYS,
                 mode == FileMode::owner_only ? own.get() : nullptr, _O_WRONLY | _O_APPEND);
}

int open_log(const std::string& file) {
  return open_to_append(file, FileMode::world_readable);  // as its folder says
}

int open_new(const std::filesystem::path& file) {
  PrivateAccess own;
  if (own.get() == nullptr) return errno = EACCES, -1;
  return open_by(file, GENERIC_WRITE, CREATE_NEW, own.get(), _O_WRONLY);
}

int wait_until_writable(int /*descriptor*/, int /*milliseconds*/) {
  return 1;
}

}  // namespace mailtap
