// What a proxy under test is: its version, and the TLS library that it runs with.
#pragma once

#include <string>
#include <string_view>

namespace mailtap::bench {

struct ProgramVersion {
  std::string program;  ///< "HAProxy version 2.6.12-1+deb12u4"; empty: not said
  std::string tls;      ///< "OpenSSL 3.0.19"; empty: not said
};

/// From what `name` (haproxy, nginx, stunnel, mailtap...) says of itself.
ProgramVersion read_version(std::string_view name, std::string_view said);
/// Asks `binary`.
ProgramVersion version_of(const std::string& name, const std::string& binary);

}  // namespace mailtap::bench
