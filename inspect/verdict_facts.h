// What is asked of a verdict more than once.
#pragma once

#include <vector>

#include "certs/verify/fault.h"
#include "config/base/text.h"

namespace mailtap::certs {
struct Verdict;  // certs/verify/verdict.h
}

namespace mailtap::inspect {

/// The verdict's faults without repetition, in the order of the findings: the log's `faults`.
std::vector<certs::Fault> distinct_faults(const certs::Verdict& verdict);
/// When the first certificate of the path that was judged ends; the epoch: it isn't known.
Time expiry_of(const certs::Verdict& verdict);

}  // namespace mailtap::inspect
