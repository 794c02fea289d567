#include "bench/tool/batched_parameters.h"

#include <openssl/ssl.h>

namespace mailtap::bench {

namespace {

constexpr int tls12_suites[] = {tls::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                                tls::CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, 0};
constexpr int tls13_suites[] = {tls::CipherSuite::TLS_AES_256_GCM_SHA384, 0};
constexpr std::uint16_t tls12_groups[] = {tls::Group::secp256r1, 0};
constexpr std::uint16_t tls13_groups[] = {tls::Group::x25519, 0};

template <class Parameters>
Parameters parameters_of(const Scenario& scenario) {
  Parameters parameters;
  const bool is_tls13 = scenario.version == TLS1_3_VERSION;
  parameters.min_version = parameters.max_version = is_tls13 ? tls::Version::tls13 : tls::Version::tls12;
  parameters.only = {is_tls13 ? tls13_suites : tls12_suites, is_tls13 ? tls13_groups : tls12_groups};
  return parameters;
}

}  // namespace

tls::ClientParameters client_parameters(const Scenario& scenario) {
  return parameters_of<tls::ClientParameters>(scenario);
}

tls::ServerParameters server_parameters(const Scenario& scenario) {
  return parameters_of<tls::ServerParameters>(scenario);
}

}  // namespace mailtap::bench
