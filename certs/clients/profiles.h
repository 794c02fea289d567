// Every client that is known. docs/clients.md says where each profile's rules come from.
#pragma once

#include <string_view>
#include <vector>

#include "certs/clients/profile.h"

namespace mailtap::certs::clients {

/// In the order in which they are shown.
const std::vector<const Profile*>& profiles();
/// By name ("openssl-3.0"); null: there is none.
const Profile* find_profile(std::string_view name);
/// The same with the settings of x509-limbo's harnesses, which differ from the client's own for some: OpenSSL
/// under X509_STRICT with partial chains, Go's path validation without its TLS.
const Profile* find_measured_profile(std::string_view name);

// Families, each in a file of its own.
std::vector<const Profile*> openssl_profiles();
std::vector<const Profile*> measured_openssl_profiles();
std::vector<const Profile*> gnutls_profiles();
std::vector<const Profile*> go_profiles();
std::vector<const Profile*> measured_go_profiles();
std::vector<const Profile*> rust_profiles();
std::vector<const Profile*> mbedtls_profiles();
std::vector<const Profile*> java_profiles();
std::vector<const Profile*> browser_profiles();
std::vector<const Profile*> windows_profiles();

}  // namespace mailtap::certs::clients
