#include "proxy/connection/client_terms.h"

#include <algorithm>

#include "certs/model/certificate.h"
#include "certs/model/identity.h"
#include "proxy/connection/old_peers.h"
#include "proxy/connection/presenting.h"
#include "tls/sessions/sessions.h"

namespace mailtap::proxy {

namespace {

bool offers(const tls::ClientHello& hello, std::uint16_t version) {
  const auto& all = hello.supported_versions;
  return all.empty() ? hello.legacy_version == version
                     : std::find(all.begin(), all.end(), version) != all.end();
}

/// A suite of TLS 1.2 for this kind of key.
bool goes_with_tls12(const tls::ClientHello& hello, const certs::KeyInfo& key) {
  switch (key.type) {
    case certs::KeyType::rsa: return !lacks_rsa(hello, tls::version::tls12);
    case certs::KeyType::ec: return !lacks_ecdsa(hello, tls::version::tls12);
    default: return false;
  }
}

bool leaves_curves_open(const tls::ClientHello& hello) {
  return hello.groups.empty() && !hello.is_legacy() && hello.highest_version() == tls::version::tls12 &&
         has_ecdhe_suite(hello);
}

}  // namespace

bool waits_for_server(const tls::ClientHello& hello) {
  return hello.is_fallback() || leaves_curves_open(hello);
}

std::optional<std::string> fallback_problem(const tls::ClientHello& hello, const inspect::Leg& server) {
  const auto offered = hello.highest_version();
  if (!hello.is_fallback() || server.version <= offered) return std::nullopt;
  return "the client has fallen back to " + spoken_version(offered) +
         ", as after an attack on its newer hello; the server speaks " + spoken_version(server.version);
}

std::uint16_t newest_version(const tls::ClientHello& hello, const inspect::Leg& server) {
  const auto newest = hello.highest_version();
  const bool is_held = server.version == tls::version::tls12 && newest > tls::version::tls12 &&
                       offers(hello, tls::version::tls12);
  return is_held ? static_cast<std::uint16_t>(tls::version::tls12) : newest;
}

bool is_held_to_tls12(const tls::ClientHello& hello, std::uint16_t newest, const certs::Identity& identity) {
  if (newest == tls::version::tls12 && hello.highest_version() == tls::version::tls12) return true;
  if (!offers(hello, tls::version::tls12)) return false;
  const auto& spki = identity.chain()->pk_raw;
  const auto key = certs::describe_key({spki.p, spki.len});
  return (newest == tls::version::tls12 || !tls::signs_tls13(identity, hello.signature_algorithms)) &&
         goes_with_tls12(hello, key);
}

tls::CipherSuite preferred_suite(const tls::ClientHello& hello, const inspect::Leg& server) {
  return leaves_curves_open(hello) && server.version == tls::version::tls12
             ? server.cipher_suite
             : tls::CipherSuite::TLS_NULL_WITH_NULL_NULL;
}

}  // namespace mailtap::proxy
