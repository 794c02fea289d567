// Does a client find the name asked for in a certificate?
#pragma once

#include <string_view>

#include "certs/clients/profile.h"
#include "certs/model/certificate.h"

namespace mailtap::certs::clients {

/// Rule::none: it does. Else name, address, no_names, no_addresses or invalid_name.
Rule find_name(const Certificate& leaf, std::string_view name, const NameRules& rules);

}  // namespace mailtap::certs::clients
