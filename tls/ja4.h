// JA4, the fingerprint of a TLS client (FoxIO's specification "JA4: TLS Client Fingerprint").
#pragma once

#include <string>

#include "tls/client_hello.h"
#include "tls/wire.h"

namespace mailtap::tls {

/// "t13d1516h2_8daaf6152771_e5627efa2ab1": transport (TCP), version, SNI or not, numbers of cipher suites and
/// extensions, the first ALPN protocol's ends; hash of the sorted cipher suites; hash of the sorted
/// extensions and the signature algorithms. GREASE is left out everywhere.
std::string ja4(const ClientHello& hello);

/// JA4S, of the server's answer: "t130200_1301_a56c5b993250": version, number of extensions and ALPN
/// selected; the cipher suite; hash of the extensions in the order sent. In TLS 1.3 the ALPN isn't in the
/// clear: "00".
std::string ja4s(const wire::ServerHello& hello);

}  // namespace mailtap::tls
