#include "proxy/connection/presenting.h"

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "proxy/connection/alpn.h"
#include "proxy/connection/client_terms.h"
#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/sessions/sessions.h"

namespace mailtap::proxy {

namespace {

template <class Numbers = std::initializer_list<std::uint16_t>>
bool has(const std::vector<std::uint16_t>& offered, const Numbers& any) {
  return std::find_first_of(offered.begin(), offered.end(), any.begin(), any.end()) != offered.end();
}

using namespace tls::suite;

/// Suites of TLS 1.2 and older, which name the signature, by how keys are exchanged: those that either engine
/// has. 3DES, which a route has to allow, is for RSA's keys alone.
struct KnownSuites {
  std::vector<std::uint16_t> ecdhe_ecdsa, ecdhe_rsa, dhe_rsa;
  std::vector<std::uint16_t> rsa{TLS_RSA_WITH_3DES_EDE_CBC_SHA, TLS_RSA_WITH_RC4_128_SHA,
                                 TLS_RSA_WITH_RC4_128_MD5};
};

const KnownSuites& known_suites() {
  static const auto known = [] {
    KnownSuites all;
    for (const auto suite : tls::own_abilities().cipher_suites) {
      const auto name = tls::cipher_suite_name(suite);
      if (name.starts_with("TLS_ECDHE_ECDSA_")) all.ecdhe_ecdsa.push_back(suite);
      if (name.starts_with("TLS_ECDHE_RSA_")) all.ecdhe_rsa.push_back(suite);
      if (name.starts_with("TLS_DHE_RSA_")) all.dhe_rsa.push_back(suite);
      if (name.starts_with("TLS_RSA_")) all.rsa.push_back(suite);
    }
    return all;
  }();
  return known;
}

bool has_ecdsa_suite(const tls::ClientHello& hello) {
  return has(hello.cipher_suites, known_suites().ecdhe_ecdsa);
}

bool has_signing_rsa_suite(const tls::ClientHello& hello) {
  return has(hello.cipher_suites, known_suites().ecdhe_rsa) ||
         has(hello.cipher_suites, known_suites().dhe_rsa) ||
         has(hello.cipher_suites, {TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA});
}

bool has_static_rsa_suite(const tls::ClientHello& hello) {
  return has(hello.cipher_suites, known_suites().rsa);
}

/// In TLS 1.3, whose suites name no signature. It is agreed on by the extension alone (RFC 8446
/// section 4.2.1).
bool chooses_signature_freely(const tls::ClientHello& hello, std::uint16_t newest) {
  return !hello.supported_versions.empty() &&
         std::min(hello.highest_version(), newest) >= tls::version::tls13;
}

}  // namespace

bool lacks_rsa(const tls::ClientHello& hello, std::uint16_t newest) {
  using namespace tls::signature;
  const auto& algorithms = hello.signature_algorithms;
  const bool verifies =
      algorithms.empty() ||
      has(algorithms, {rsa_pss_rsae_sha256, rsa_pss_rsae_sha384, rsa_pss_rsae_sha512, rsa_pkcs1_sha256,
                       rsa_pkcs1_sha384, rsa_pkcs1_sha512, rsa_pkcs1_sha1, rsa_pkcs1_sha224});
  const bool signs = verifies && (chooses_signature_freely(hello, newest) || has_signing_rsa_suite(hello));
  return !signs && !has_static_rsa_suite(hello);
}

bool lacks_ecdsa(const tls::ClientHello& hello, std::uint16_t newest) {
  using namespace tls::signature;
  if (hello.is_legacy() && !lacks_rsa(hello, newest)) return true;  // the old engine shows RSA alone
  const auto& algorithms = hello.signature_algorithms;
  const bool verifies =
      algorithms.empty() || has(algorithms, {ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384,
                                             ecdsa_secp521r1_sha512, ecdsa_sha1, ecdsa_sha224});
  return !verifies || !(chooses_signature_freely(hello, newest) || has_ecdsa_suite(hello));
}

bool verifies_ecdsa(const tls::ClientHello& hello, std::uint16_t newest) {
  using tls::signature::ecdsa_secp256r1_sha256;
  if (lacks_rsa(hello, newest) && !lacks_ecdsa(hello, newest)) return true;
  // Without the extension ECDSA with SHA-1 is meant (RFC 5246 section 7.4.1.4.1), which RSA is preferred to.
  if (hello.signature_algorithms.empty())
    return has_ecdsa_suite(hello) && !has_signing_rsa_suite(hello) && !has_static_rsa_suite(hello);
  // In TLS 1.2 its groups are the curves of certificates too (RFC 8422 section 5.1). One that lists none may
  // have none, and RSA needs none.
  const bool has_curve =
      chooses_signature_freely(hello, newest) || has(hello.groups, {tls::group::secp256r1});
  return has_curve && has(hello.signature_algorithms, {ecdsa_secp256r1_sha256}) &&
         (chooses_signature_freely(hello, newest) || has_ecdsa_suite(hello));
}

bool has_suite_for_ecdsa(const tls::ClientHello& hello, std::uint16_t newest) {
  return chooses_signature_freely(hello, newest) || has_ecdsa_suite(hello);
}

bool has_suite_for_rsa(const tls::ClientHello& hello, std::uint16_t newest) {
  return chooses_signature_freely(hello, newest) || has_signing_rsa_suite(hello);
}

bool has_ecdhe_suite(const tls::ClientHello& hello) {
  return has_ecdsa_suite(hello) || has(hello.cipher_suites, known_suites().ecdhe_rsa);
}

bool may_present_early(const RunningRoute& route, const tls::ClientHello& hello) {
  const bool alpn_open = !relayable_alpn(hello.alpn, route.settings).empty();
  const auto& policy = route.policy;
  const bool may_be_refused = policy.require_trusted || !policy.pins.empty() || policy.remembers_keys;
  const bool may_ask = route.settings.ask_client_cert;
  return !alpn_open && !may_be_refused && !may_ask && !waits_for_server(hello) &&
         !route.presenter->needs_upstream_chain();
}

Presenting::Presenting(net::Background& background, RunningRoutePtr route, certs::PresentationRequest request,
                       Done done) {
  struct Making {
    RunningRoutePtr route;
    certs::PresentationRequest request;
    Result<certs::IdentityPtr> identity;
  };
  auto making = std::make_shared<Making>(Making{std::move(route), std::move(request), nullptr});
  task_ = background.run([making] { making->identity = making->route->presenter->present(making->request); },
                         [making, done = std::move(done)] { done(making->identity); });
}

}  // namespace mailtap::proxy
