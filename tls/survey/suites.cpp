#include "tls/survey/suites.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/survey/number_lists.h"

namespace mailtap::tls::survey {

namespace {

bool is_of_tls13(std::uint16_t suite) {
  return suite >> 8 == 0x13 || suite == suite::TLS_SM4_GCM_SM3 || suite == suite::TLS_SM4_CCM_SM3;
}

/// "TLS_DHE_RSA" of "TLS_DHE_RSA_WITH_AES_128_CBC_SHA".
std::string head_of(std::uint16_t suite) {
  auto name = cipher_suite_name(suite);
  name.resize(std::min(name.find("_WITH_"), name.size()));
  return name;
}

bool names(std::uint16_t suite, std::initializer_list<std::string_view> parts) {
  const auto name = cipher_suite_name(suite);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

bool is_common(std::uint16_t suite) {
  return names(suite, {"_AES_", "_CHACHA20_", "_CAMELLIA_", "_3DES_", "_RC4_128_"}) && !is_export(suite) &&
         authentication_of(suite) != Authentication::none &&
         key_exchange_of(suite) != KeyExchange::fixed_dh && !names(suite, {"_DSS_"});
}

template <class Predicate>
Numbers select(const Numbers& from, Predicate wanted) {
  Numbers selected;
  std::copy_if(from.begin(), from.end(), std::back_inserter(selected), wanted);
  return selected;
}

/// As clients have it: with ephemeral keys on curves first, and authenticated encryption before CBC.
Numbers preferred(Numbers suites) {
  const auto rank = [](std::uint16_t suite) {
    const auto exchange = key_exchange_of(suite);
    const int of_exchange = exchange == KeyExchange::ecdhe ? 0 : exchange == KeyExchange::dhe ? 1 : 2;
    return std::pair(of_exchange, is_aead(suite) ? 0 : 1);
  };
  std::stable_sort(suites.begin(), suites.end(),
                   [&](std::uint16_t one, std::uint16_t other) { return rank(one) < rank(other); });
  return suites;
}

bool is_signal(std::uint16_t suite) {
  return suite == suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV || suite == suite::TLS_FALLBACK_SCSV;
}

bool is_of_ssl_or_tls12(std::uint16_t suite) {
  return !is_of_tls13(suite) && !is_signal(suite);
}

}  // namespace

KeyExchange key_exchange_of(std::uint16_t suite) {
  if (is_of_tls13(suite)) return KeyExchange::ecdhe;
  const auto head = head_of(suite);
  if (head.starts_with("TLS_RSA")) return KeyExchange::rsa;
  if (head.starts_with("TLS_DHE_") || head.starts_with("TLS_DH_anon")) return KeyExchange::dhe;
  if (head.starts_with("TLS_ECDHE_") || head.starts_with("TLS_ECDH_anon")) return KeyExchange::ecdhe;
  if (head.starts_with("TLS_DH_") || head.starts_with("TLS_ECDH_")) return KeyExchange::fixed_dh;
  return KeyExchange::other;
}

Authentication authentication_of(std::uint16_t suite) {
  if (is_of_tls13(suite)) return Authentication::other;
  const auto head = head_of(suite);
  if (head.find("_anon") != std::string::npos) return Authentication::none;
  if (head.find("_ECDSA") != std::string::npos) return Authentication::ecdsa;
  if (head.find("_DSS") != std::string::npos) return Authentication::dss;
  if (head.find("_RSA") != std::string::npos) return Authentication::rsa;
  return Authentication::other;
}

bool is_export(std::uint16_t suite) {
  return names(suite, {"_EXPORT"});
}

bool has_no_encryption(std::uint16_t suite) {
  return names(suite, {"_WITH_NULL_"});
}

bool has_rc4(std::uint16_t suite) {
  return names(suite, {"_RC4_"});
}

bool has_small_blocks(std::uint16_t suite) {
  return names(suite, {"_DES_", "_3DES_", "_DES40_", "_IDEA_", "_RC2_"});
}

bool has_cbc(std::uint16_t suite) {
  return names(suite, {"_CBC"});
}

bool is_aead(std::uint16_t suite) {
  return is_of_tls13(suite) || names(suite, {"_GCM_", "_CCM", "_POLY1305_"});
}

bool has_forward_secrecy(std::uint16_t suite) {
  const auto exchange = key_exchange_of(suite);
  return (exchange == KeyExchange::dhe || exchange == KeyExchange::ecdhe) && !is_export(suite);
}

const std::vector<Numbers>& suite_lists() {
  static const auto all = [] {
    constexpr std::size_t max_size = 100;
    const auto known = select(known_cipher_suites(), is_of_ssl_or_tls12);
    std::vector<Numbers> lists{preferred(select(known, is_common))};
    for (const auto suite : select(known, [](std::uint16_t one) { return !is_common(one); })) {
      if (lists.size() == 1 || lists.back().size() == max_size) lists.emplace_back();
      lists.back().push_back(suite);
    }
    return lists;
  }();
  return all;
}

const Numbers& tls13_suites() {
  static const auto all = select(known_cipher_suites(), is_of_tls13);
  return all;
}

const Numbers& curves() {
  static const auto all = select(known_groups(), [](std::uint16_t group) {
    return group < group::ffdhe2048 && group != group::brainpoolP256r1tls13 &&
           group != group::brainpoolP384r1tls13 && group != group::brainpoolP512r1tls13;
  });
  return all;
}

const Numbers& tls13_groups() {
  static const auto all = select(known_groups(), [](std::uint16_t group) {
    return group >= group::secp256r1 && group < group::arbitrary_explicit_prime_curves &&
           group != group::brainpoolP256r1 && group != group::brainpoolP384r1 &&
           group != group::brainpoolP512r1;
  });
  return all;
}

const Numbers& signature_algorithms() {
  static const auto all = known_signature_algorithms();
  return all;
}

/// RFC 8446 section 4.4.3: neither PKCS #1 v1.5 nor SHA-1.
const Numbers& tls13_signature_algorithms() {
  static const auto all = select(known_signature_algorithms(), [](std::uint16_t algorithm) {
    const auto name = signature_algorithm_name(algorithm);
    return !name.starts_with("rsa_pkcs1") && !name.starts_with("dsa_") &&
           name.find("sha1") == std::string::npos && name.find("sha224") == std::string::npos;
  });
  return all;
}

}  // namespace mailtap::tls::survey
