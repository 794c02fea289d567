// Exchange's own PFX (PKCS #12, RFC 7292), with the old ciphers that Windows writes (3DES, RC2-40) and the
// newer ones. OpenSSL reads it, as mbedTLS has no PKCS #12: a library of its own, so that nothing else links
// OpenSSL's.
#pragma once

#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::certs {

struct PfxContent {
  std::vector<Buffer> certificates;  ///< DER: the key's own first, then its issuers as far as they are there
  Buffer key;                        ///< PKCS #8 PrivateKeyInfo, DER
};

/// `password` in UTF-8. `origin` (a file's name) begins the error sentences. Loads OpenSSL's legacy provider
/// into the process for as long as it runs; not for use while other threads use OpenSSL.
Result<PfxContent> read_pfx(Bytes pfx, const std::string& password, const std::string& origin);

}  // namespace mailtap::certs
