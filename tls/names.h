// IANA's names of TLS's numbers (the registries "TLS Cipher Suites", "TLS Supported Groups", "TLS
// SignatureScheme" and the like). A number that isn't known here is written as hex: "0x1a2b".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tls/numbers.h"

namespace mailtap::tls {

std::string version_name(std::uint16_t version);  ///< "TLSv1.3", "SSLv3"
std::string cipher_suite_name(std::uint16_t suite);
std::string group_name(std::uint16_t group);
std::string signature_algorithm_name(std::uint16_t algorithm);
std::string extension_name(std::uint16_t type);      ///< "server_name", of "TLS ExtensionType Values"
std::string handshake_type_name(std::uint8_t type);  ///< "client_hello", of "TLS HandshakeType"

/// By one of those above, in order.
std::vector<std::string> names_of(const std::vector<std::uint16_t>& numbers,
                                  std::string (*name)(std::uint16_t));

/// Every cipher suite, group and signature algorithm that has a name here, by number.
std::vector<std::uint16_t> known_cipher_suites();
std::vector<std::uint16_t> known_groups();
std::vector<std::uint16_t> known_signature_algorithms();

/// Of what a handshake agreed on; empty: it didn't, or none.
struct AgreedNames {
  std::string version;
  std::string cipher_suite;
  std::string group;
};
AgreedNames names_of(Version version, CipherSuite suite, Group group);

}  // namespace mailtap::tls
