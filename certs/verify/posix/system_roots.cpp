#include "certs/verify/system_roots.h"

#include <array>
#include <string_view>

namespace mailtap::certs {

namespace {

constexpr std::array<std::string_view, 4> system_bundles{
    "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",              // SUSE
    "/etc/ssl/cert.pem",                   // BSD, macOS
};

/// What update-ca-certificates and update-ca-trust take up.
constexpr std::array<std::string_view, 4> folders_of_admins{
    "/usr/local/share/ca-certificates",           // Debian, Ubuntu, Alpine
    "/etc/pki/ca-trust/source/anchors",           // Fedora, RHEL
    "/etc/pki/trust/anchors",                     // SUSE
    "/etc/ca-certificates/trust-source/anchors",  // Arch
};

}  // namespace

Result<SystemRoots> system_roots() {
  for (const auto bundle : system_bundles) {
    std::error_code error;
    if (std::filesystem::is_regular_file(bundle, error))
      return SystemRoots{bundle, {}, {}, {folders_of_admins.begin(), folders_of_admins.end()}};
  }
  return fail(
      "this system has no bundle of root certificates in the usual places: install ca-certificates, "
      "or name a file with --trust");
}

}  // namespace mailtap::certs
