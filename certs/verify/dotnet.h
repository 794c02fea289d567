// .NET Framework's view of a verdict: what the router would say.
#pragma once

#include <string_view>

#include "certs/verify/fault.h"

namespace mailtap::certs {

struct DotnetView;
struct Verdict;

/// The X509ChainStatusFlags that goes with a fault.
std::string_view dotnet_flag(Fault fault);

/// From the verdict's findings and names. `anything_sent`: there was a certificate at all.
DotnetView dotnet_view(const Verdict& verdict, bool anything_sent);

bool refuses_name(const DotnetView& view);

}  // namespace mailtap::certs
