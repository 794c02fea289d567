// Which protocol a connection's first bytes are of.
#pragma once

#include <optional>

#include "config/base/bytes.h"
#include "config/enums.h"

namespace mailtap::inspect {

/// `from_client`, `from_server`: all that each has said so far. None: it can't be told yet. HTTP is known by
/// the client's request line, the mail protocols by the server's greeting, whoever of the two is heard first;
/// `raw` is what is neither.
std::optional<config::Protocol> guess_protocol(Bytes from_client, Bytes from_server);

}  // namespace mailtap::inspect
