// The extensions that path validation processes, read into the certificate.
#pragma once

#include "certs/model/certificate.h"

namespace mailtap::certs {

/// Fills the fields of `c` from `c.extensions`; what can't be read becomes a flaw, and a critical
/// extension that we don't process is listed as such.
void read_extensions(Certificate& c);

}  // namespace mailtap::certs
