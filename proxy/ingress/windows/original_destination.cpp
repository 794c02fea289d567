#include "proxy/ingress/original_destination.h"

namespace mailtap::proxy::ingress {

/// Windows redirects no connections to a program that could ask where they were going.
std::optional<net::Address> original_destination(int /*socket*/, const net::Address& /*local*/,
                                                 config::Transparency /*how*/) {
  return std::nullopt;
}

}  // namespace mailtap::proxy::ingress
