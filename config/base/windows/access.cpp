#include "config/base/windows/access.h"

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "config/base/windows/system.h"

namespace mailtap {

void set_errno() {
  switch (::GetLastError()) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_INVALID_NAME: errno = ENOENT; return;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION: errno = EACCES; return;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS: errno = EEXIST; return;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL: errno = ENOSPC; return;
    case ERROR_TOO_MANY_OPEN_FILES: errno = EMFILE; return;
    default: errno = EIO; return;
  }
}

namespace {

/// "S-1-5-21-...", or empty.
std::wstring own_sid() {
  HANDLE token = nullptr;
  if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return {};
  std::vector<unsigned char> user(1024);
  DWORD size = 0;
  std::wstring text;
  LPWSTR written = nullptr;
  if (::GetTokenInformation(token, TokenUser, user.data(), static_cast<DWORD>(user.size()), &size) != 0 &&
      ::ConvertSidToStringSidW(reinterpret_cast<TOKEN_USER*>(user.data())->User.Sid, &written) != 0) {
    text = written;
    ::LocalFree(written);
  }
  ::CloseHandle(token);
  return text;
}

}  // namespace

PrivateAccess::PrivateAccess() {
  const auto sid = own_sid();
  // Protected (inherits nothing); all rights for the user and the system.
  const auto list = L"D:P(A;;FA;;;" + sid + L")(A;;FA;;;SY)";
  if (sid.empty() || ::ConvertStringSecurityDescriptorToSecurityDescriptorW(list.c_str(), SDDL_REVISION_1,
                                                                            &descriptor_, nullptr) == 0)
    descriptor_ = nullptr;
  attributes_ = {sizeof attributes_, descriptor_, FALSE};
}

PrivateAccess::~PrivateAccess() {
  if (descriptor_ != nullptr) ::LocalFree(descriptor_);
}

bool strangers_have(const std::filesystem::path& file, DWORD rights) {
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (::GetNamedSecurityInfoW(const_cast<wchar_t*>(file.c_str()), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION,
                              nullptr, nullptr, &list, nullptr, &descriptor) != ERROR_SUCCESS)
    return false;
  bool found = list == nullptr;  // no list: everybody may do everything
  for (DWORD i = 0; list != nullptr && i < list->AceCount && !found; ++i) {
    void* entry = nullptr;
    if (::GetAce(list, i, &entry) == 0) continue;
    const auto* allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    if (allowed->Header.AceType != ACCESS_ALLOWED_ACE_TYPE ||
        (allowed->Header.AceFlags & INHERIT_ONLY_ACE) != 0)
      continue;
    if ((allowed->Mask & rights) == 0) continue;
    auto* sid = const_cast<DWORD*>(&allowed->SidStart);
    for (const auto kind : {WinWorldSid, WinAuthenticatedUserSid, WinBuiltinUsersSid, WinBuiltinGuestsSid})
      found = found || ::IsWellKnownSid(sid, kind) != 0;
  }
  ::LocalFree(descriptor);
  return found;
}

}  // namespace mailtap
