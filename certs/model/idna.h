// Names with letters beyond ASCII.
#pragma once

#include <string>

namespace mailtap::certs {

/// U-labels to A-labels by IDNA 2008 (RFC 5891), where the system has it; empty when that can't be.
std::string to_a_labels(const std::string& name);

}  // namespace mailtap::certs
