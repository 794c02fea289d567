// The root certificates that this machine trusts.
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
};

Result<SystemRoots> system_roots();

}  // namespace mailtap::certs
