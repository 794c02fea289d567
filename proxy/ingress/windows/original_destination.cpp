#include "proxy/ingress/original_destination.h"

namespace mailtap::proxy::ingress {

/// Windows redirects no connections to a program that could ask where they were going.
std::optional<net::Address> original_destination(int /*socket*/, const net::Address& /*local*/,
                                                 config::Transparency /*how*/) {
  return std::nullopt;
}

Result<void> can_be_diverted_to() {
  return fail("needs Linux; on Windows point the client at mailtap by name (docs/inserting.md)");
}

}  // namespace mailtap::proxy::ingress
