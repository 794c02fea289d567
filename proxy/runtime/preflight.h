// What would keep settings from starting, all of it at once: what a start reads is read, and let go again.
// For `mailtap config check`, and for a start or reload that fails.
#pragma once

#include "config/options.h"
#include "config/settings.h"

namespace mailtap::proxy {

struct Preflight {
  config::Problems problems;  ///< each would fail a start: LABEL: what; what to do
  config::Problems warnings;  ///< it would start, and something would be wrong, or at risk
};

/// Certificates and keys are loaded and matched, CAs are CAs, other files read. What
/// couldn't be read of the settings (Settings::misread) has been told and is passed over, and so are files
/// that config's cross-checks have told of. `bind_ports`: listen everywhere for a moment too.
Preflight preflight(const config::Settings& settings, bool bind_ports);

}  // namespace mailtap::proxy
