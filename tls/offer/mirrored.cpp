#include "tls/offer/mirrored.h"

#include <algorithm>

#include "tls/numbers.h"
#include "tls/offer/compare.h"

namespace mailtap::tls::offer {

namespace {

using Numbers = std::vector<std::uint16_t>;

bool has(const Numbers& list, std::uint16_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// Of `wanted` what `own` has, each once.
Numbers common(const Numbers& wanted, const Numbers& own) {
  Numbers result;
  for (const auto value : wanted)
    if (has(own, value) && !has(result, value)) result.push_back(value);
  return result;
}

bool is_of_tls13(std::uint16_t suite) {
  return suite >> 8 == 0x13;  // RFC 8446 appendix B.4
}

/// RFC 8446 section 4.2.7, RFC 8734.
bool is_group_of_tls13(std::uint16_t group) {
  return group >= group::secp256r1 && group != group::brainpoolP256r1 && group != group::brainpoolP384r1 &&
         group != group::brainpoolP512r1;
}

void put_shared_group_first(Numbers& groups, const Numbers& shares) {
  for (const auto share : shares) {
    const auto at = std::find(groups.begin(), groups.end(), share);
    if (at == groups.end()) continue;
    std::rotate(groups.begin(), at, at + 1);
    return;
  }
}

}  // namespace

std::optional<Mirrored> mirror(const ClientHello& client, const Abilities& own) {
  Mirrored result;
  result.cipher_suites = common(client.cipher_suites, own.cipher_suites);
  auto own_groups = own.groups;
  own_groups.insert(own_groups.end(), own.hybrid_groups.begin(), own.hybrid_groups.end());
  result.groups = common(client.groups, own_groups);
  result.signature_algorithms = common(client.signature_algorithms, own.signature_algorithms);
  put_shared_group_first(result.groups, client.key_share_groups);

  const auto versions = versions_of(client);
  auto& suites = result.cipher_suites;
  const bool has_tls13 = has(versions, version::tls13) &&
                         std::any_of(result.groups.begin(), result.groups.end(), is_group_of_tls13) &&
                         std::any_of(suites.begin(), suites.end(), is_of_tls13);
  const bool has_tls12 =
      has(versions, version::tls12) && !std::all_of(suites.begin(), suites.end(), is_of_tls13);
  if (!has_tls12 && !has_tls13) return std::nullopt;
  result.oldest = has_tls12 ? version::tls12 : version::tls13;
  result.newest = has_tls13 ? version::tls13 : version::tls12;
  // Suites of a version that isn't offered would be noise that the client doesn't make.
  if (!has_tls13) {
    std::erase_if(suites, is_of_tls13);
    std::erase_if(result.groups, [&](std::uint16_t group) { return has(own.hybrid_groups, group); });
  }
  if (!has_tls12) std::erase_if(suites, [](std::uint16_t suite) { return !is_of_tls13(suite); });

  const auto sends = [&](std::uint16_t type) { return has(client.extensions, type); };
  // Lists of which mailtap has nothing can't be repeated at all, unlike those that weren't sent.
  if (result.groups.empty() && sends(extension::supported_groups)) return std::nullopt;
  if (result.signature_algorithms.empty() && sends(extension::signature_algorithms)) return std::nullopt;
  result.offers_tickets = sends(extension::session_ticket);
  result.resumes_tls13 = sends(extension::psk_key_exchange_modes);
  result.is_fallback = client.is_fallback() && !has_tls13;
  result.lists_groups = has_tls13 || sends(extension::supported_groups);
  return result;
}

bool would_allow(const Mirrored& mirrored, std::uint16_t version, std::uint16_t suite, std::uint16_t group) {
  return version >= mirrored.oldest && version <= mirrored.newest && has(mirrored.cipher_suites, suite) &&
         (group == 0 || mirrored.groups.empty() || has(mirrored.groups, group));
}

}  // namespace mailtap::tls::offer
