#include "proxy/connection/presenting.h"

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "proxy/connection/alpn.h"

namespace mailtap::proxy {

namespace {

constexpr std::uint16_t tls13 = 0x0304;

bool has(const std::vector<std::uint16_t>& offered, std::initializer_list<std::uint16_t> any) {
  return std::find_first_of(offered.begin(), offered.end(), any.begin(), any.end()) != offered.end();
}

// TLS 1.2 and older name the signature in the suite: AES-GCM, ChaCha20, AES-CBC, 3DES, RC4.
bool has_ecdsa_suite(const tls::ClientHello& hello) {
  return has(hello.cipher_suites, {0xc02b, 0xc02c, 0xcca9, 0xc023, 0xc024, 0xc009, 0xc00a, 0xc008, 0xc007});
}

/// Of ECDHE_RSA and DHE_RSA.
bool has_signing_rsa_suite(const tls::ClientHello& hello) {
  return has(hello.cipher_suites, {0xc02f, 0xc030, 0xcca8, 0xc027, 0xc028, 0xc013, 0xc014, 0xc012, 0xc011,
                                   0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039, 0x0016});
}

bool has_static_rsa_suite(const tls::ClientHello& hello) {
  return has(hello.cipher_suites, {0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0x000a, 0x0005, 0x0004});
}

/// In TLS 1.3, whose suites name no signature. It is agreed on by the extension alone (RFC 8446
/// section 4.2.1).
bool chooses_signature_freely(const tls::ClientHello& hello) {
  return !hello.supported_versions.empty() && hello.highest_version() >= tls13;
}

}  // namespace

bool lacks_rsa(const tls::ClientHello& hello) {
  const auto& algorithms = hello.signature_algorithms;
  const bool verifies =
      algorithms.empty() || has(algorithms, {0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201, 0x0301});
  const bool signs = verifies && (chooses_signature_freely(hello) || has_signing_rsa_suite(hello));
  return !signs && !has_static_rsa_suite(hello);
}

bool lacks_ecdsa(const tls::ClientHello& hello) {
  if (hello.is_legacy() && !lacks_rsa(hello)) return true;  // the old engine shows RSA alone
  const auto& algorithms = hello.signature_algorithms;
  const bool verifies = algorithms.empty() || has(algorithms, {0x0403, 0x0503, 0x0603, 0x0203, 0x0303});
  return !verifies || !(chooses_signature_freely(hello) || has_ecdsa_suite(hello));
}

bool verifies_ecdsa(const tls::ClientHello& hello) {
  if (lacks_rsa(hello) && !lacks_ecdsa(hello)) return true;
  constexpr std::uint16_t ecdsa_secp256r1_sha256 = 0x0403;
  // Without the extension ECDSA with SHA-1 is meant (RFC 5246 section 7.4.1.4.1), which RSA is preferred to.
  if (hello.signature_algorithms.empty())
    return has_ecdsa_suite(hello) && !has_signing_rsa_suite(hello) && !has_static_rsa_suite(hello);
  return has(hello.signature_algorithms, {ecdsa_secp256r1_sha256}) &&
         (chooses_signature_freely(hello) || has_ecdsa_suite(hello));
}

bool may_present_early(const RunningRoute& route, const tls::ClientHello& hello) {
  const bool alpn_open = !relayable_alpn(hello.alpn).empty();
  const auto& policy = route.policy;
  const bool may_be_refused = policy.require_trusted || !policy.pins.empty() || policy.remembers_keys;
  const bool may_ask = route.settings.ask_client_cert;
  return !alpn_open && !may_be_refused && !may_ask && !route.presenter->needs_upstream_chain();
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
