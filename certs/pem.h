// Certificates and CRLs out of files: PEM, DER, PKCS#7.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::certs {

struct PemBlock {
  std::string label;  ///< "CERTIFICATE"
  Buffer content;
};

/// Every block of the text; what stands between them is comment. An error says which block is broken.
Result<std::vector<PemBlock>> parse_pem(std::string_view text);

/// The certificates of a file's content, each as DER; not yet parsed. Empty when it holds none.
Result<std::vector<Buffer>> certificates_in(std::string_view content);

/// The CRLs of a file's content, each as DER.
Result<std::vector<Buffer>> crls_in(std::string_view content);

}  // namespace mailtap::certs
