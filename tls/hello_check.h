// What a server must refuse in a client hello, whatever it goes on to choose (RFC 8446 section 4.1.2 and 4.2,
// RFC 5246 section 7.4.1, and each extension's own).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/base/bytes.h"

namespace mailtap::tls {

struct HelloFault {
  int alert = 0;       ///< the one that the RFC wants (tls/alert.h)
  std::string detail;  ///< a sentence: "the client's hello is malformed: ..."
};

/// `body`: the handshake message's, its header left out. `newest_version`: the newest that the server speaks,
/// 0x0304 for TLS 1.3. Nothing: there is no such fault.
///
/// As strict as OpenSSL 3 and no stricter: what a client could say to most servers it can say to this one.
std::optional<HelloFault> fault_of_client_hello(Bytes body, std::uint16_t newest_version);

}  // namespace mailtap::tls
