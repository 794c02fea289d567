// Private keys of CryptoAPI's providers (CSPs), which Exchange's certificates have. Newer providers (CNG)
// have their keys out as a PFX alone.
#pragma once

#include <optional>

#include "config/base/bytes.h"
#include "config/base/windows/system.h"

namespace mailtap::certs {

/// Of a certificate's key: the PKCS #8 PrivateKeyInfo (RFC 5208), DER, if it is an RSA key that may be
/// exported. Empty: it may not, or its provider failed; the number is Windows's error. Nothing: no CryptoAPI
/// provider has it.
struct CapiKey {
  Buffer key;
  DWORD error = 0;
};
std::optional<CapiKey> export_capi_key(const CERT_CONTEXT* certificate);

}  // namespace mailtap::certs
