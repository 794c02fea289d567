// Two hellos side by side: what a client offered, and what was offered in its place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tls/client_hello.h"

namespace mailtap::tls::offer {

/// What of the client's the other hello doesn't have, in the client's order, GREASE left out.
struct LeftOut {
  std::vector<std::uint16_t> versions;
  std::vector<std::uint16_t> cipher_suites;  ///< signalling values left out
  std::vector<std::uint16_t> groups;
  std::vector<std::uint16_t> signature_algorithms;
  std::vector<std::uint16_t> extensions;  ///< but for those of a session and of the hello's size
  std::vector<std::string> alpn;
};
LeftOut left_out(const ClientHello& client, const ClientHello& other);

/// The versions that it offers, newest first, GREASE left out. Without supported_versions those from TLS 1.0
/// to the one that it names are meant, of which only the newest is certain.
std::vector<std::uint16_t> versions_of(const ClientHello& hello);

}  // namespace mailtap::tls::offer
