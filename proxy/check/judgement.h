// The verdict on what a probe or a file has shown.
#pragma once

#include <string>
#include <vector>

#include "proxy/check/check.h"

namespace mailtap::check {

/// Fills the report's verdict and steps. Without a name asked for the name verdict is left out: it counts as
/// matching, and neither causes nor .NET's view nor advice speak of it. `trust`: the options', perhaps with
/// lists that were fetched.
void judge(const Options& options, const certs::TrustStore& trust, const std::vector<Buffer>& chain,
           Report& report);

certs::Question question_of(const Options& options, const std::string& name);

/// The leaf's subject, or its first name if the subject is empty.
std::string subject_of(const Options& options, const std::vector<Buffer>& chain);

/// How `presented`, one of the verdict's names, matches the name asked for; empty: it doesn't.
enum class NameFit { none, exact, wildcard, address };
NameFit fit_of(const std::string& presented, const certs::Verdict& verdict);

}  // namespace mailtap::check
