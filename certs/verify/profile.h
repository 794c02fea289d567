// What the profiles of RFC 5280 section 4 and of the CA/B Forum's baseline requirements (section 7.1) ask of
// certificates beyond what makes a path valid. Lints, unless the question is asked under Profile::webpki.
#pragma once

#include <vector>

#include "certs/verify/checks.h"

namespace mailtap::certs {

struct ProfileFinding {
  Finding finding;
  bool lint_only = false;  ///< said, but no fault under any profile
};

std::vector<ProfileFinding> profile_findings(const Path& path, const Positions& positions);

}  // namespace mailtap::certs
