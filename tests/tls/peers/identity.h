// Keys and self-signed certificates of every kind that a peer may have, made by libcrypto.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailtap::tests {

struct PeerIdentity {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
};

/// `kind`: rsa1024 and other sizes, rsa-pss2048, ed25519, ed448, or a curve's name by IANA: secp256r1. Made
/// once a process.
const PeerIdentity& peer_identity(std::string_view kind);

}  // namespace mailtap::tests
