// TLS secrets in the SSLKEYLOGFILE format, for Wireshark and the like; only where the user named a file.
#pragma once

#include <string>

#include "config/base/result.h"
#include "tls/session.h"

namespace mailtap::proxy {

/// Appends to `path`, which is created for its owner alone (0600). Thread-safe.
Result<tls::KeylogSink> open_keylog(const std::string& path);

}  // namespace mailtap::proxy
