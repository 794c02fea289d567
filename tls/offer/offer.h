// A client's hello, kept to be played to a server on a connection of mailtap's own: the same bytes but for
// what belongs to one connection.
//
//   Renewed: the random and, if it has one, the session's identifier. Left out: what offers to resume a
//   session (pre_shared_key, the contents of session_ticket) and early data. All else is the client's, its
//   key shares too: nobody who plays it has their secrets, so a handshake ends with the server's answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "tls/client_hello.h"

namespace mailtap::tls::offer {

struct Offer {
  ClientHello hello;  ///< as it came
  std::string key;    ///< key_of(hello)
  Buffer message;     ///< to be sent, with the handshake header, or SSLv2's; random and identifier are zeros
  std::uint16_t record_version = 0;  ///< of the record that the hello began in
};
using OfferPtr = std::shared_ptr<const Offer>;

/// `stream`: begins with a whole hello, in the records that it came in.
Result<Offer> read_offer(Bytes stream);

/// The same with another name in its SNI; empty: without the extension. One that has none stays so.
Offer with_name(const Offer& offer, std::string_view sni);

/// How many random bytes a hello takes that is played.
inline constexpr std::size_t random_size = 64;

/// In records of its version. `random`: random_size bytes.
Buffer play(const Offer& offer, Bytes random);

/// Equal for hellos that offer the same in the same order: versions, suites, groups, signature algorithms,
/// groups of key shares, protocols and the set of extensions. GREASE counts as one value. What is a
/// connection's own doesn't count: random, session, ticket, early data, padding, and the order of extensions,
/// which browsers shuffle. Neither does the name in the SNI.
std::string key_of(const ClientHello& hello);

}  // namespace mailtap::tls::offer
