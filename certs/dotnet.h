// .NET Framework's view of a verdict: what the router would say.
#pragma once

#include <string_view>

#include "certs/verdict.h"

namespace mailtap::certs {

/// The X509ChainStatusFlags that goes with a fault.
std::string_view dotnet_flag(Fault fault);

/// From the verdict's findings and names. `has_dns_names`: the leaf's SAN has a dNSName, so that CryptoAPI
/// doesn't look at the common name; `anything_sent`: there was a certificate at all.
DotnetView dotnet_view(const Verdict& verdict, bool has_dns_names, bool anything_sent);

bool refuses_name(const DotnetView& view);

}  // namespace mailtap::certs
