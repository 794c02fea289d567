// What a session offers and accepts: one place for both roles.
#pragma once

#include <vector>

#include <mbedtls/ssl.h>

#include "tls/abilities.h"
#include "tls/engine/parameters.h"

namespace mailtap::tls {

/// Fills `config` for `endpoint` (MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_IS_SERVER): versions, cipher suites,
/// signature algorithms, no judgement of certificates. 0, or mbedTLS's error.
int configure(mbedtls_ssl_config& config, int endpoint, Version min_version, Version max_version,
              const Restriction& only = {}, bool old_suites = false);

/// For mbedtls_ssl_conf_groups(), to be kept while a configuration has it: the hybrid groups of `first` that
/// this build has, in that order, then those that configure() has set.
std::vector<std::uint16_t> groups_after(const std::vector<std::uint16_t>& first,
                                        const mbedtls_ssl_config& config);

/// For mbedtls_ssl_conf_ciphersuites(): the same list with one of it in front, if it has that.
std::vector<int> suites_after(std::uint16_t first, const mbedtls_ssl_config& config);

/// What a client's session offers without a restriction.
Abilities client_abilities(bool old_suites);

}  // namespace mailtap::tls
