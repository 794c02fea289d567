// Peers that speak nothing newer than TLS 1.1: how they are told, and what is said of them where a route
// doesn't allow them.
//
// A client says so in its hello. A server is asked with TLS 1.2 and 1.3 first, and gives itself away by its
// answer; then, if the route allows it, it is asked once more on a new connection, with what it may speak.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "config/base/text.h"
#include "config/legacy_tls.h"
#include "tls/client_hello.h"
#include "tls/session.h"

namespace mailtap::proxy {

/// What a route is given for who needs it, as messages say it.
inline constexpr std::string_view how_to_allow_old = "legacy-tls = true (--legacy-tls)";

/// "TLS 1.0"; "SSL 3.0".
std::string spoken_version(std::uint16_t version);

/// Whether the old engine answers this client.
bool takes_old_client(const config::LegacyTls& allowed, const tls::ClientHello& hello);

/// Why an old client isn't answered: which option allows it.
std::string refusal_of_old_client(const tls::ClientHello& hello);

/// How a handshake with TLS 1.2 and 1.3 ended, as far as it tells of an old server.
enum class OldServerSign {
  none,
  hung_up,   ///< not a word, or no common cipher suite: both are what Windows Server 2003 does, among others
  refused,   ///< the alert protocol_version
  answered,  ///< it selected an older version
};
OldServerSign sign_of_old_server(const tls::Agreed& agreed, const tls::Failure& failure);

/// The failure's detail, and which option may help.
std::string with_advice(const tls::Agreed& agreed, const tls::Failure& failure);

/// The versions that the old engine may speak.
template <class Parameters>
void set_legacy_versions(Parameters& parameters, const config::LegacyTls& allowed) {
  parameters.min_version = allowed.ssl3 ? tls::Version::ssl30 : tls::Version::tls10;
  parameters.max_version = tls::newest_legacy;
}

/// Upstreams found to be old, so that they aren't asked in vain by every connection. One a worker.
class OldServers {
 public:
  using Time = std::chrono::steady_clock::time_point;

  bool knows(const std::string& upstream, Time now) const;
  void remember(const std::string& upstream, Time now);
  void forget(const std::string& upstream);

  /// A server that is renewed is noticed after this time; one that refuses its old versions, at once.
  static constexpr std::chrono::hours lifetime{1};

 private:
  std::map<std::string, Time> until_;  // as many as routes have upstreams
};

}  // namespace mailtap::proxy
