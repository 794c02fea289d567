// What no single option can know: options that need, repeat or contradict each other, and files that
// aren't there.
#pragma once

#include "config/options.h"

namespace mailtap::config {

/// Adds a line for everything that would keep these settings from working. Looks at files, and reads none but
/// a script's first line.
void cross_check(const Settings& settings, Problems& problems);

}  // namespace mailtap::config
