#include "proxy/connection/presenting.h"

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "proxy/connection/alpn.h"
#include "proxy/connection/client_terms.h"
#include "tls/numbers.h"

namespace mailtap::proxy {

namespace {

bool has(const std::vector<std::uint16_t>& offered, std::initializer_list<std::uint16_t> any) {
  return std::find_first_of(offered.begin(), offered.end(), any.begin(), any.end()) != offered.end();
}

using namespace tls::suite;

// TLS 1.2 and older name the signature in the suite: AES-GCM, ChaCha20, AES-CBC, 3DES, RC4, AES-CCM. No
// engine has the last two with ECDSA.
bool has_ecdsa_suite(const tls::ClientHello& hello) {
  return has(hello.cipher_suites,
             {TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
              TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
              TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
              TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
              TLS_ECDHE_ECDSA_WITH_AES_256_CCM});
}

/// Of ECDHE_RSA and DHE_RSA.
bool has_signing_rsa_suite(const tls::ClientHello& hello) {
  return has(hello.cipher_suites,
             {TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
              TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
              TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
              TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
              TLS_ECDHE_RSA_WITH_RC4_128_SHA, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
              TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
              TLS_DHE_RSA_WITH_AES_128_CBC_SHA256, TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
              TLS_DHE_RSA_WITH_AES_128_CBC_SHA, TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
              TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA, TLS_DHE_RSA_WITH_AES_128_CCM, TLS_DHE_RSA_WITH_AES_256_CCM});
}

bool has_static_rsa_suite(const tls::ClientHello& hello) {
  return has(hello.cipher_suites,
             {TLS_RSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_256_GCM_SHA384,
              TLS_RSA_WITH_AES_128_CBC_SHA256, TLS_RSA_WITH_AES_256_CBC_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA,
              TLS_RSA_WITH_AES_256_CBC_SHA, TLS_RSA_WITH_3DES_EDE_CBC_SHA, TLS_RSA_WITH_RC4_128_SHA,
              TLS_RSA_WITH_RC4_128_MD5, TLS_RSA_WITH_AES_128_CCM, TLS_RSA_WITH_AES_256_CCM});
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
  return has_ecdsa_suite(hello) ||
         has(hello.cipher_suites,
             {TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
              TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
              TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
              TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA});
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
