// Certificate policies along a path (RFC 5280 section 6.1).
#pragma once

#include <vector>

#include "certs/model/certificate.h"

namespace mailtap::certs {

/// True unless a CA on the path requires an explicit policy and no policy holds all the way. `path` is leaf
/// first and ends with the anchor. Every policy is acceptable to us (user-initial-policy-set is any-policy),
/// so whether the policy tree is empty is all that matters, and one level of it is enough to know.
bool policies_hold(const std::vector<CertificatePtr>& path);

}  // namespace mailtap::certs
