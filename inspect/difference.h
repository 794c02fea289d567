// What interception changes on a connection (docs/fidelity.md): what it would tell of client and server if
// mailtap were not there, and doesn't now.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tls/client_hello.h"

namespace mailtap::inspect {

struct ConnectionRecord;

enum class DifferenceKind {
  // Of the hello that the server got, what the client's had and it hadn't.
  versions,
  ciphers,
  groups,
  signature_algorithms,
  extensions,
  alpn,
  hello,  ///< it wasn't made after the client's: why, in a word
  // Of what came of it: what a leg has and the other hasn't, first the client's, then the server's.
  tls,
  cipher,
  group,
  resumption,          ///< a leg went on with an earlier session, which is mailtap's
  early_data,          ///< the client offered some, and was refused it
  certificate,         ///< the client was shown another than the server's: SHA-256
  channel_binding,     ///< what NTLM, Negotiate and SCRAM-PLUS bind to isn't the same on both legs
  client_certificate,  ///< the server asked for one, and the client's key can't be used for it
};
std::string_view to_string(DifferenceKind kind);  ///< "signature-algorithms": as in the log

/// What a client lists is up to it: after so many values comes "+N", the number of those that aren't named.
inline constexpr std::size_t max_difference_values = 64;

struct Difference {
  DifferenceKind kind;
  std::vector<std::string> values;
  bool operator==(const Difference&) const = default;
};
using Differences = std::vector<Difference>;

/// Of two hellos.
Differences differences_of(const tls::ClientHello& client, const tls::ClientHello& upstream);

/// Of a connection that is over, whose record is complete but for these. `server_sha256`: of its certificate;
/// empty: not known. `offered_early_data`: by the client.
Differences differences_of(const ConnectionRecord& record, const std::string& server_sha256,
                           bool offered_early_data);

}  // namespace mailtap::inspect
