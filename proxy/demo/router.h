// The mail router of the demonstration: a scripted client that polls a mailbox over EWS, checks the server's
// certificate as a careful client does, and gives up when it doesn't like it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/endpoint.h"

namespace mailtap::demo {

struct Poll {
  std::string refusal;  ///< why the certificate isn't acceptable, and nothing was asked; empty: it is
  std::vector<unsigned> statuses;  ///< HTTP's, of each operation
  std::string sent;                ///< plaintext, byte for byte
  std::string received;
  std::string tls;  ///< "TLSv1.3"

  /// Every operation answered with 200.
  bool succeeded() const;
};

/// Connects to `address`, asks for `name`, and trusts what `anchor` (DER) has issued. The check is mbedTLS's
/// own and stock, so it owes nothing to mailtap's verdict. An error: no connection, no TLS, no HTTP, or not
/// done after `patience`.
Result<Poll> poll_mailbox(const config::Endpoint& address, const std::string& name, Bytes anchor,
                          std::chrono::milliseconds patience = std::chrono::seconds{5});

}  // namespace mailtap::demo
