// PEM (RFC 7468), and certificates and CRLs out of files of any kind: PEM, DER, PKCS#7.
#pragma once

#include <optional>
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

/// A file's text as UTF-8: without its byte order mark, and of UTF-16, as Windows writes it. What isn't text
/// comes back as it is.
std::string text_of_file(std::string_view content);
/// Says whether a block begins in it.
bool is_pem(std::string_view text);
/// DER as base64 without a frame around it; none: it isn't.
std::optional<Buffer> der_of_bare_base64(std::string_view text);

/// Every block of the text; what stands between them is comment. An error says which block is broken.
Result<std::vector<PemBlock>> parse_pem(std::string_view text);

/// The contents of every block of that label, in order. An error for a block that isn't base64 or doesn't
/// end; no block at all is an empty list.
Result<std::vector<Buffer>> from_pem(std::string_view text, std::string_view label);

/// Lines of 64 characters between BEGIN and END of that label.
std::string to_pem(Bytes der, std::string_view label);

/// The certificates of a file's content, each as DER, by their outline; not yet parsed. Empty when it holds
/// none: certs/model/content_kind.h says what it holds instead.
Result<std::vector<Buffer>> certificates_in(std::string_view content);

/// The CRLs of a file's content, each as DER.
Result<std::vector<Buffer>> crls_in(std::string_view content);

}  // namespace mailtap::certs
