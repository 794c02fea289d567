// A hello of mailtap's that offers what a client's does, as far as mailtap has it: so a server chooses as it
// would have chosen for the client.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tls/abilities.h"
#include "tls/client_hello.h"

namespace mailtap::tls::offer {

struct Mirrored {
  std::uint16_t oldest = 0;  ///< versions: of TLS 1.2 and 1.3 those that the client offers
  std::uint16_t newest = 0;
  /// In the client's order. Empty: mailtap's own are meant, as the client lists none (groups before RFC 4492,
  /// signature algorithms before TLS 1.2).
  std::vector<std::uint16_t> cipher_suites;
  std::vector<std::uint16_t> groups;
  std::vector<std::uint16_t> signature_algorithms;
  bool offers_tickets = false;  ///< session_ticket (RFC 5077)
  bool resumes_tls13 = false;   ///< psk_key_exchange_modes
  bool is_fallback = false;     ///< TLS_FALLBACK_SCSV (RFC 7507): of a client of TLS 1.2
  bool lists_groups = true;     ///< supported_groups, which a client of TLS 1.2 may leave out

  bool operator==(const Mirrored&) const = default;
};

/// Nothing: there is no version, no suite or no group that both have. The first group of which the client
/// sends a share comes first, since mailtap sends a share of its first group alone; the others keep their
/// order.
std::optional<Mirrored> mirror(const ClientHello& client, const Abilities& own);

/// Whether what was agreed on by another hello could have been agreed on by this one too. `group`: 0: none.
bool would_allow(const Mirrored& mirrored, std::uint16_t version, std::uint16_t suite, std::uint16_t group);

}  // namespace mailtap::tls::offer
