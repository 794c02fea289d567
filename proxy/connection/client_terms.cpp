#include "proxy/connection/client_terms.h"

#include <algorithm>

#include "certs/model/certificate.h"
#include "certs/model/identity.h"
#include "proxy/connection/old_peers.h"
#include "proxy/connection/presenting.h"
#include "tls/names.h"
#include "tls/sessions/sessions.h"

namespace mailtap::proxy {

namespace {

bool offers(const tls::ClientHello& hello, std::uint16_t version) {
  const auto& all = hello.supported_versions;
  return all.empty() ? hello.legacy_version == version
                     : std::find(all.begin(), all.end(), version) != all.end();
}

certs::KeyInfo key_of(const certs::Identity& identity) {
  const auto& spki = identity.chain()->pk_raw;
  return certs::describe_key({spki.p, spki.len});
}

/// A suite of TLS 1.2 for this kind of key.
bool goes_with_tls12(const tls::ClientHello& hello, const certs::KeyInfo& key) {
  switch (key.type) {
    case certs::KeyType::rsa:
      return key.pss_only ? has_suite_for_rsa(hello, tls::version::tls12)
                          : !lacks_rsa(hello, tls::version::tls12);
    case certs::KeyType::ec: return !lacks_ecdsa(hello, tls::version::tls12);
    // RFC 8422 section 5.10.
    case certs::KeyType::ed25519:
    case certs::KeyType::ed448: return has_suite_for_ecdsa(hello, tls::version::tls12);
    default: return false;
  }
}

bool leaves_curves_open(const tls::ClientHello& hello) {
  return hello.groups.empty() && !hello.is_legacy() && hello.highest_version() == tls::version::tls12 &&
         has_ecdhe_suite(hello);
}

using Numbers = std::vector<std::uint16_t>;

/// "A, B, C, +4".
std::string listed(const Numbers& numbers, std::string (*name)(std::uint16_t)) {
  constexpr std::size_t shown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, numbers.size()); ++i)
    text += (i == 0 ? "" : ", ") + name(numbers[i]);
  if (numbers.size() > shown) text += ", +" + std::to_string(numbers.size() - shown);
  return text;
}

/// "what: A, B, C, +4" if `own` has nothing of `offered`; else nothing.
std::string none_of(std::string_view what, Numbers offered, const Numbers& own,
                    std::string (*name)(std::uint16_t)) {
  std::erase_if(offered, tls::is_grease);
  const bool in_common =
      std::find_first_of(offered.begin(), offered.end(), own.begin(), own.end()) != offered.end();
  if (offered.empty() || in_common) return {};
  return std::string(what) + ": " + listed(offered, name);
}

/// What of `offered` `own` lacks.
Numbers without(Numbers offered, const Numbers& own) {
  std::erase_if(offered, [&](std::uint16_t number) {
    return tls::is_grease(number) || std::find(own.begin(), own.end(), number) != own.end();
  });
  return offered;
}

/// Those that say something else are left out.
Numbers suites_of(const tls::ClientHello& hello) {
  auto suites = hello.cipher_suites;
  std::erase_if(suites, [](std::uint16_t suite) {
    return suite == tls::suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV || suite == tls::suite::TLS_FALLBACK_SCSV;
  });
  return suites;
}

/// Of suites that a route may ask for and this one doesn't.
std::string how_to_allow(const Numbers& offered, const tls::Abilities& own) {
  const auto lacking = without(offered, own.cipher_suites);
  const bool has_some = lacking != without(lacking, tls::own_abilities(/*old_suites=*/true).cipher_suites);
  return has_some ? "; 3DES is allowed with " + std::string(how_to_allow_old) : "";
}

Numbers own_groups() {
  const auto& own = tls::own_abilities();
  auto groups = own.groups;
  groups.insert(groups.end(), own.hybrid_groups.begin(), own.hybrid_groups.end());
  return groups;
}

/// DSA and the anonymous ones (RFC 5246 section 7.4.1.4.1): a server that insists on them does on a suite
/// too.
bool goes_with_a_suite(std::uint16_t algorithm) {
  const auto signature = algorithm & 0xFF;
  return algorithm >> 8 <= 6 && (signature == 0 || signature == 2);
}

/// Of a client of TLS 1.2 without a curve that mailtap has: those that it would have DHE in (RFC 7919
/// sections 2 and 4).
Numbers groups_for_dhe(const tls::ClientHello& hello, const Numbers& own) {
  auto groups = hello.groups;
  const auto is_curve = [](std::uint16_t group) { return group < 0x0100 || group > 0x01FF; };
  const bool has_curve = std::any_of(groups.begin(), groups.end(), [&](std::uint16_t group) {
    return is_curve(group) && std::find(own.begin(), own.end(), group) != own.end();
  });
  if (has_curve || hello.highest_version() != tls::version::tls12) return {};
  std::erase_if(groups, is_curve);
  return groups;
}

std::string has_fallen_back(std::uint16_t offered) {
  return "the client has fallen back to " + spoken_version(offered) +
         ", as after an attack on its newer hello; the server ";
}

}  // namespace

bool waits_for_server(const tls::ClientHello& hello) {
  return hello.is_fallback() || leaves_curves_open(hello);
}

std::optional<std::string> fallback_problem(const tls::ClientHello& hello, const inspect::Leg& server) {
  const auto offered = hello.highest_version();
  if (!hello.is_fallback() || server.version <= offered) return std::nullopt;
  return has_fallen_back(offered) + "speaks " + spoken_version(server.version);
}

std::string refused_fallback(std::uint16_t offered) {
  return has_fallen_back(offered) + "has something newer, and refused it (inappropriate_fallback)";
}

std::uint16_t newest_version(const tls::ClientHello& hello, const inspect::Leg& server) {
  const auto newest = hello.highest_version();
  const bool is_held = server.version == tls::version::tls12 && newest > tls::version::tls12 &&
                       offers(hello, tls::version::tls12);
  return is_held ? static_cast<std::uint16_t>(tls::version::tls12) : newest;
}

bool is_held_to_tls12(const tls::ClientHello& hello, std::uint16_t newest, const certs::Identity& identity) {
  // One that has nothing newer needn't be held, and is told by our random whether we have (RFC 8446
  // section 4.1.3); where it fell back, that has been judged.
  if (hello.highest_version() <= tls::version::tls12) return hello.is_fallback();
  if (!offers(hello, tls::version::tls12)) return false;
  return (newest == tls::version::tls12 || !tls::signs_tls13(identity, hello.signature_algorithms)) &&
         goes_with_tls12(hello, key_of(identity));
}

std::string nothing_in_common(const tls::ClientHello& hello, const certs::Identity& identity,
                              bool old_suites) {
  const auto& own = tls::own_abilities(old_suites);
  const auto suites = none_of("mailtap has none of its cipher suites", suites_of(hello), own.cipher_suites,
                              tls::cipher_suite_name);
  if (!suites.empty()) return suites + how_to_allow(suites_of(hello), own);
  const auto groups = own_groups();
  const auto key = key_of(identity).text;
  for (auto& text :
       {none_of("mailtap has none of its groups", hello.groups, groups, tls::group_name),
        none_of("mailtap has none of its finite field groups in TLS 1.2", groups_for_dhe(hello, own.groups),
                {tls::group::ffdhe2048, tls::group::ffdhe3072, tls::group::ffdhe4096}, tls::group_name),
        none_of("mailtap has none of its signature algorithms", hello.signature_algorithms,
                own.signature_algorithms, tls::signature_algorithm_name),
        none_of("none of its signature algorithms goes with the certificate's key (" + key + ")",
                hello.signature_algorithms, tls::schemes_of(identity, hello.signature_algorithms),
                tls::signature_algorithm_name)})
    if (!text.empty()) return text;
  return {};
}

std::string beyond_mailtap(const tls::ClientHello& hello, bool old_suites) {
  const auto& own = tls::own_abilities(old_suites);
  auto algorithms = without(hello.signature_algorithms, own.signature_algorithms);
  std::erase_if(algorithms, goes_with_a_suite);
  std::string all;
  for (const auto& names : {listed(without(suites_of(hello), own.cipher_suites), tls::cipher_suite_name),
                            listed(without(hello.groups, own_groups()), tls::group_name),
                            listed(algorithms, tls::signature_algorithm_name)})
    if (!names.empty()) all += (all.empty() ? "" : ", ") + names;
  if (all.empty()) return all;
  return "it may insist on what the client offers and mailtap lacks: " + all +
         how_to_allow(suites_of(hello), own);
}

tls::CipherSuite preferred_suite(const tls::ClientHello& hello, const inspect::Leg& server) {
  return leaves_curves_open(hello) && server.version == tls::version::tls12
             ? server.cipher_suite
             : tls::CipherSuite::TLS_NULL_WITH_NULL_NULL;
}

}  // namespace mailtap::proxy
