// The root certificates that this machine trusts, and what it completes chains with.
#pragma once

#include <filesystem>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::certs {

/// Where the system keeps them: in a file, or itself.
struct SystemRoots {
  std::filesystem::path file;        ///< PEM; empty: there is none
  std::vector<Buffer> certificates;  ///< DER
  /// DER, of CAs that are no anchors: they stand in for what a server doesn't send.
  std::vector<Buffer> intermediates;
  /// From where what the machine's admin added comes into `file`; no public CA's. They needn't be there.
  std::vector<std::filesystem::path> local_folders;
};

Result<SystemRoots> system_roots();

}  // namespace mailtap::certs
