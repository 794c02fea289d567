// PEM (RFC 7468): base64 between BEGIN and END lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::certs {

/// Lines of 64 characters between BEGIN and END of that label.
std::string to_pem(Bytes der, std::string_view label);

/// The contents of every block of that label, in order; text around them is skipped. An error for a block
/// that isn't base64 or doesn't end; no block at all is an empty list.
Result<std::vector<Buffer>> from_pem(std::string_view text, std::string_view label);

}  // namespace mailtap::certs
