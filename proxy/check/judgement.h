// The verdict on what a probe or a file has shown.
#pragma once

#include <string>
#include <vector>

#include "proxy/check/check.h"

namespace mailtap::check {

/// The verdict on the chain. Without a name the name verdict is left out: it counts as matching, and neither
/// causes nor .NET's view nor advice speak of it.
certs::Verdict verdict_on(const Options& options, const std::vector<Buffer>& chain, const std::string& name);

/// Fills the report's verdict and steps.
void judge(const Options& options, const std::vector<Buffer>& chain, Report& report);

/// The leaf's subject, or its first name if the subject is empty.
std::string subject_of(const Options& options, const std::vector<Buffer>& chain);

/// How `presented`, one of the verdict's names, matches the name asked for; empty: it doesn't.
enum class NameFit { none, exact, wildcard, address };
NameFit fit_of(const std::string& presented, const certs::Verdict& verdict);

}  // namespace mailtap::check
