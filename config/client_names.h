// The clients whose opinion of a certificate is told, by the names that options and JSON use. What they are
// and do is in certs/clients.
#pragma once

#include <array>
#include <string_view>

namespace mailtap::config {

inline constexpr std::array<std::string_view, 20> client_names{
    "dotnet-framework",
    "schannel",
    "outlook",
    "java",
    "chromium",
    "thunderbird",
    "nss",
    "python",
    "python-strict",
    "curl",
    "node",
    "openssl-1.1",
    "openssl-3.0",
    "openssl-3.6",
    "gnutls-3.7",
    "gnutls-3.8",
    "go",
    "rustls-webpki",
    "pyca",
    "mbedtls",
};

}  // namespace mailtap::config
