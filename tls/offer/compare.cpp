#include "tls/offer/compare.h"

#include <algorithm>
#include <functional>
#include <set>

#include "tls/numbers.h"

namespace mailtap::tls::offer {

namespace {

template <class List>
bool has(const List& list, const typename List::value_type& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

template <class List>
List missing(const List& of, const List& in) {
  // What a client lists is up to it, and may be tens of thousands.
  std::set<typename List::value_type> seen(in.begin(), in.end());
  List result;
  for (const auto& value : of)
    if (seen.insert(value).second) result.push_back(value);
  return result;
}

std::vector<std::uint16_t> missing_numbers(const std::vector<std::uint16_t>& of,
                                           const std::vector<std::uint16_t>& in) {
  auto result = missing(of, in);
  std::erase_if(result, is_grease);
  return result;
}

bool is_signal(std::uint16_t suite) {
  return suite == suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV || suite == suite::TLS_FALLBACK_SCSV;
}

/// What comes and goes with a session that is resumed, with a retried hello, and with its size. Secure
/// renegotiation is signalled by an extension or by a suite.
bool is_of_the_moment(std::uint16_t type) {
  return type == extension::pre_shared_key || type == extension::early_data ||
         type == extension::session_ticket || type == extension::psk_key_exchange_modes ||
         type == extension::cookie || type == extension::padding || type == extension::renegotiation_info;
}

}  // namespace

std::vector<std::uint16_t> versions_of(const ClientHello& hello) {
  std::vector<std::uint16_t> versions;
  if (hello.supported_versions.empty()) {
    versions.push_back(hello.legacy_version);
    return versions;
  }
  for (const auto version : hello.supported_versions)
    if (!is_grease(version) && !has(versions, version)) versions.push_back(version);
  std::sort(versions.begin(), versions.end(), std::greater<>());
  return versions;
}

LeftOut left_out(const ClientHello& client, const ClientHello& other) {
  LeftOut result;
  result.versions = missing(versions_of(client), versions_of(other));
  result.cipher_suites = missing_numbers(client.cipher_suites, other.cipher_suites);
  std::erase_if(result.cipher_suites, is_signal);
  result.groups = missing_numbers(client.groups, other.groups);
  result.signature_algorithms = missing_numbers(client.signature_algorithms, other.signature_algorithms);
  result.extensions = missing_numbers(client.extensions, other.extensions);
  std::erase_if(result.extensions, is_of_the_moment);
  result.alpn = missing(client.alpn, other.alpn);
  return result;
}

}  // namespace mailtap::tls::offer
