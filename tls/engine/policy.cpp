#include "tls/engine/policy.h"

#include <algorithm>
#include <array>

#include <mbedtls/ssl_ciphersuites.h>

#include "config/base/random.h"
#include "tls/mbedtls/hybrid_groups.h"
#include "tls/numbers.h"

namespace mailtap::tls {

namespace {

// AES-128 before AES-256: the cheaper of two that nobody breaks. CBC and static RSA are last, for Exchange on
// Windows Server 2008 R2 and 2012, which may have nothing else; and behind them DHE with CBC, for servers
// that have only that: as ours it would be dear, and clients of Java 7 fail with primes above 1024 bits.
constexpr std::array cipher_suites = {
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    MBEDTLS_TLS_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_RSA_WITH_AES_128_CBC_SHA256,
    MBEDTLS_TLS_RSA_WITH_AES_256_CBC_SHA256,
    MBEDTLS_TLS_RSA_WITH_AES_128_CBC_SHA,
    MBEDTLS_TLS_RSA_WITH_AES_256_CBC_SHA,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
    // For who has nothing else: slower than GCM, and known to few.
    MBEDTLS_TLS1_3_AES_128_CCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CCM,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_128_CCM,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_256_CCM,
    MBEDTLS_TLS_RSA_WITH_AES_128_CCM,
    MBEDTLS_TLS_RSA_WITH_AES_256_CCM,
    // Those of Japan and Korea: as good, and slower still.
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384,
    MBEDTLS_TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256,
    MBEDTLS_TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384,
    MBEDTLS_TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256,
    MBEDTLS_TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384,
    MBEDTLS_TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256,
    MBEDTLS_TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384,
    MBEDTLS_TLS_RSA_WITH_ARIA_128_GCM_SHA256,
    MBEDTLS_TLS_RSA_WITH_ARIA_256_GCM_SHA384,
    MBEDTLS_TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256,
    MBEDTLS_TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256,
    MBEDTLS_TLS_RSA_WITH_CAMELLIA_128_CBC_SHA,
    MBEDTLS_TLS_RSA_WITH_CAMELLIA_256_CBC_SHA,
    MBEDTLS_TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256,
    MBEDTLS_TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256,
    MBEDTLS_TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA,
    MBEDTLS_TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA,
    // Tags of 8 bytes.
    MBEDTLS_TLS1_3_AES_128_CCM_8_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_128_CCM_8,
    MBEDTLS_TLS_DHE_RSA_WITH_AES_256_CCM_8,
    MBEDTLS_TLS_RSA_WITH_AES_128_CCM_8,
    MBEDTLS_TLS_RSA_WITH_AES_256_CCM_8,
    0,
};

/// The same, and behind them 3DES (tls/mbedtls/edits/triple_des_suites.cmake), for a leg with peers of
/// Windows Server 2003's age: its blocks of 64 bits repeat themselves after some gigabytes.
constexpr auto with_old_suites = [] {
  constexpr std::array old{
      int{suite::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA}, int{suite::TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA},
      int{suite::TLS_RSA_WITH_3DES_EDE_CBC_SHA}, int{suite::TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA}, 0};
  std::array<int, cipher_suites.size() - 1 + old.size()> all{};
  std::ranges::copy(old, std::ranges::copy(cipher_suites, all.begin()).out - 1);
  return all;
}();

// Last those of TLS 1.2 alone that are weaker or rarer than the others (RFC 8422 section 5.1.1 took them out
// of its list): for peers that have nothing else, and for servers with keys on them.
constexpr std::array<std::uint16_t, 19> own_groups = {
    group::x25519,
    group::secp256r1,
    group::secp384r1,
    group::x448,
    group::secp521r1,
    group::brainpoolP256r1,
    group::brainpoolP384r1,
    group::brainpoolP512r1,
    group::ffdhe2048,
    group::ffdhe3072,
    group::ffdhe4096,
    group::ffdhe6144,
    group::ffdhe8192,
    group::secp256k1,
    group::secp224r1,
    group::secp224k1,
    group::secp192r1,
    group::secp192k1,
    MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

// Behind what every peer has: the schemes that mbedTLS lacks (tls/mbedtls/signature_schemes.h), for servers
// with such keys. SHA-224 and SHA-1 are last, for TLS 1.2 alone: a peer without the extension means SHA-1
// (RFC 5246 section 7.4.1.4.1), and refusing to connect would hide the server's fault instead of reporting
// it.
constexpr std::array<std::uint16_t, 22> signature_algorithms = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
    MBEDTLS_TLS1_3_SIG_ED25519,
    MBEDTLS_TLS1_3_SIG_ED448,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_PSS_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_PSS_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_PSS_SHA512,
    signature::ecdsa_brainpoolP256r1tls13_sha256,
    signature::ecdsa_brainpoolP384r1tls13_sha384,
    signature::ecdsa_brainpoolP512r1tls13_sha512,
    signature::ecdsa_sha224,
    signature::rsa_pkcs1_sha224,
    MBEDTLS_TLS1_3_SIG_ECDSA_SHA1,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA1,
    MBEDTLS_TLS1_3_SIG_NONE,
};

constexpr unsigned min_dh_group = 1024;

}  // namespace

int configure(mbedtls_ssl_config& config, int endpoint, Version min_version, Version max_version,
              const Restriction& only, bool old_suites) {
  const int failure = mbedtls_ssl_config_defaults(&config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
                                                  MBEDTLS_SSL_PRESET_DEFAULT);
  if (failure != 0) return failure;
  mbedtls_ssl_conf_rng(&config, random_for_mbedtls, nullptr);
  mbedtls_ssl_conf_min_tls_version(&config, static_cast<mbedtls_ssl_protocol_version>(min_version));
  mbedtls_ssl_conf_max_tls_version(&config, static_cast<mbedtls_ssl_protocol_version>(max_version));
  const auto* own_suites = old_suites ? with_old_suites.data() : cipher_suites.data();
  mbedtls_ssl_conf_ciphersuites(&config, only.cipher_suites != nullptr ? only.cipher_suites : own_suites);
  mbedtls_ssl_conf_groups(&config, only.groups != nullptr ? only.groups : own_groups.data());
  mbedtls_ssl_conf_sig_algs(&config, only.signature_algorithms != nullptr ? only.signature_algorithms
                                                                          : signature_algorithms.data());
  mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
  // A resumed session makes a new key exchange too: forward secrecy.
  mbedtls_ssl_conf_tls13_key_exchange_modes(
      &config, only.without_tls13_resumption ? MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL
                                             : MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ALL);
  if (endpoint == MBEDTLS_SSL_IS_CLIENT) {
    if (only.without_tickets) mbedtls_ssl_conf_session_tickets(&config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    mbedtls_ssl_conf_dhm_min_bitlen(&config, min_dh_group);
    // IIS asks for a client certificate by renegotiating. A client that asks us to is refused.
    mbedtls_ssl_conf_renegotiation(&config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    // Any number of records may be on their way when the server asks for one.
    mbedtls_ssl_conf_renegotiation_enforced(&config, MBEDTLS_SSL_RENEGOTIATION_NOT_ENFORCED);
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        &config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
  }
  return 0;
}

std::vector<std::uint16_t> groups_after(const std::vector<std::uint16_t>& first,
                                        const mbedtls_ssl_config& config) {
  std::vector<std::uint16_t> groups;
  for (const auto group : first)
    if (mailtap_is_hybrid(group) != 0) groups.push_back(group);
  for (const auto* own = config.MBEDTLS_PRIVATE(group_list); *own != 0; ++own) groups.push_back(*own);
  groups.push_back(0);
  return groups;
}

std::vector<int> suites_after(std::uint16_t first, const mbedtls_ssl_config& config) {
  std::vector<int> suites;
  for (const auto* each = config.MBEDTLS_PRIVATE(ciphersuite_list); *each != 0; ++each)
    suites.push_back(*each);
  if (const auto at = std::find(suites.begin(), suites.end(), first); at != suites.end())
    std::rotate(suites.begin(), at, at + 1);
  suites.push_back(0);
  return suites;
}

Abilities client_abilities(bool old_suites) {
  Abilities all;
  mbedtls_ssl_config config;
  mbedtls_ssl_config_init(&config);
  if (configure(config, MBEDTLS_SSL_IS_CLIENT, Version::tls12, Version::tls13, {}, old_suites) == 0) {
    for (const auto* each = config.MBEDTLS_PRIVATE(ciphersuite_list); *each != 0; ++each)
      all.cipher_suites.push_back(static_cast<std::uint16_t>(*each));
    for (const auto* each = config.MBEDTLS_PRIVATE(group_list); *each != 0; ++each)
      all.groups.push_back(*each);
    for (const auto* each = config.MBEDTLS_PRIVATE(sig_algs); *each != 0; ++each)
      all.signature_algorithms.push_back(*each);
  }
  for (const std::uint16_t hybrid : {group::X25519MLKEM768, group::SecP256r1MLKEM768})
    if (mailtap_is_hybrid(hybrid) != 0) all.hybrid_groups.push_back(hybrid);
  mbedtls_ssl_config_free(&config);
  return all;
}

}  // namespace mailtap::tls
