#include "tests/tls/peers/tables.h"

#include <stdexcept>

#include <mbedtls/ssl.h>

#include "tests/tls/pair.h"
#include "tls/engine/policy.h"
#include "tls/sessions/sessions.h"

namespace mailtap::tests {

namespace {

template <class Number>
std::vector<std::uint16_t> list_of(const Number* numbers) {
  std::vector<std::uint16_t> list;
  for (; *numbers != 0; ++numbers) list.push_back(static_cast<std::uint16_t>(*numbers));
  return list;
}

PolicyTables tables_of(int endpoint) {
  mbedtls_ssl_config config;
  mbedtls_ssl_config_init(&config);
  if (tls::configure(config, endpoint, tls::Version::tls12, tls::Version::tls13) != 0)
    throw std::runtime_error("mbedTLS can't be configured");
  PolicyTables tables{list_of(config.MBEDTLS_PRIVATE(ciphersuite_list)),
                      list_of(config.MBEDTLS_PRIVATE(group_list)), list_of(config.MBEDTLS_PRIVATE(sig_algs))};
  mbedtls_ssl_config_free(&config);
  return tables;
}

}  // namespace

PolicyTables policy_tables() {
  auto of_client = tables_of(MBEDTLS_SSL_IS_CLIENT);
  const auto of_server = tables_of(MBEDTLS_SSL_IS_SERVER);
  if (of_client.cipher_suites != of_server.cipher_suites || of_client.groups != of_server.groups ||
      of_client.signature_algorithms != of_server.signature_algorithms)
    throw std::runtime_error("the roles have tables of their own now: both belong into the matrix");
  return of_client;
}

std::vector<std::uint16_t> legacy_cipher_suites() {
  tls::ClientParameters parameters;
  parameters.min_version = tls::Version::tls10;
  parameters.max_version = tls::Version::tls11;
  auto suites = hello_of(std::move(parameters)).cipher_suites;
  std::erase(suites, tls::suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV);  // no suite (RFC 5746 section 3.3)
  return suites;
}

}  // namespace mailtap::tests
