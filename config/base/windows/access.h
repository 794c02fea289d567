// Who may read a file: its access control list.
#pragma once

#include <filesystem>
#include <memory>

#include "config/base/windows/system.h"

namespace mailtap {

/// errno as GetLastError() says.
void set_errno();

/// For what only this user and the system itself (which services and backups run as) may read. Null: it can't
/// be made, and nothing secret must be written.
class PrivateAccess {
 public:
  PrivateAccess();
  ~PrivateAccess();
  PrivateAccess(const PrivateAccess&) = delete;
  PrivateAccess& operator=(const PrivateAccess&) = delete;
  SECURITY_ATTRIBUTES* get() { return descriptor_ != nullptr ? &attributes_ : nullptr; }

 private:
  PSECURITY_DESCRIPTOR descriptor_ = nullptr;
  SECURITY_ATTRIBUTES attributes_{};
};

/// Whether everybody, or every user of the machine, has one of `rights` to the file.
bool strangers_have(const std::filesystem::path& file, DWORD rights);

}  // namespace mailtap
