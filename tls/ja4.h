// JA4, the fingerprint of a TLS client (FoxIO's specification "JA4: TLS Client Fingerprint").
#pragma once

#include <string>

#include "tls/client_hello.h"

namespace mailtap::tls {

/// "t13d1516h2_8daaf6152771_e5627efa2ab1": transport (TCP), version, SNI or not, numbers of cipher suites and
/// extensions, the first ALPN protocol's ends; hash of the sorted cipher suites; hash of the sorted
/// extensions and the signature algorithms. GREASE is left out everywhere.
std::string ja4(const ClientHello& hello);

}  // namespace mailtap::tls
