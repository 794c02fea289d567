// Is a certificate one that a TLS client can be known by? Those of public CAs are for servers alone, ever
// more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/verify/question.h"

namespace mailtap::certs {

struct Certificate;

/// Why a server that looks at it refuses the certificate from a client, and what to do: its extKeyUsage lacks
/// clientAuth (RFC 5280 section 4.2.1.12). Nothing: it allows clients, or everything.
std::optional<std::string> unfit_for_clients(const Certificate& certificate, Language language);

/// What is to be said of a certificate that a client shows: the same, or that it will be so once it is
/// renewed, as its CA, a public one, leaves clientAuth out.
std::vector<std::string> client_certificate_lints(const Certificate& certificate, Language language);

}  // namespace mailtap::certs
