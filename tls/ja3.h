// JA3, the older fingerprint of a TLS client (Salesforce, "JA3: A method for profiling SSL/TLS clients").
#pragma once

#include <string>

#include "tls/client_hello.h"

namespace mailtap::tls {

/// MD5, in hex, of "version,suites,extensions,groups,point formats", each a list of decimal numbers joined by
/// "-" in the order sent, GREASE left out.
std::string ja3(const ClientHello& hello);

}  // namespace mailtap::tls
