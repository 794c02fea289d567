// What is odd about how a certificate is written, as a set: each client refuses another part of it.
#pragma once

#include "certs/clients/profile.h"
#include "certs/model/certificate.h"

namespace mailtap::certs::clients {

/// An OR of Form. Costs a second look at the extensions.
std::uint64_t form_of(const Certificate& certificate);

/// Is there a critical extension that isn't among `known`? Its OID as text; empty: no.
std::string unknown_critical(const Certificate& certificate, const std::vector<std::string_view>& known);

}  // namespace mailtap::certs::clients
