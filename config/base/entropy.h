// Randomness as the system gives it.
#pragma once

#include "config/base/bytes.h"

namespace mailtap {

/// Fills all of `out`; false when the system gives none.
bool system_entropy(MutableBytes out);

}  // namespace mailtap
