#include "proxy/interception/presenting.h"

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "proxy/alpn.h"

namespace mailtap::proxy::interception {

bool verifies_ecdsa(const tls::ClientHello& hello) {
  const auto has = [](const std::vector<std::uint16_t>& offered, std::initializer_list<std::uint16_t> any) {
    return std::find_first_of(offered.begin(), offered.end(), any.begin(), any.end()) != offered.end();
  };
  constexpr std::uint16_t ecdsa_secp256r1_sha256 = 0x0403;
  // TLS 1.2 names the signature in the suite: ECDHE_ECDSA with AES-GCM, ChaCha20, AES-CBC.
  const bool has_ecdsa_suite =
      has(hello.cipher_suites, {0xc02b, 0xc02c, 0xcca9, 0xc023, 0xc024, 0xc009, 0xc00a});
  // Without the extension ECDSA with SHA-1 is meant (RFC 5246 section 7.4.1.4.1), which RSA is preferred to:
  // ECDHE_RSA, DHE_RSA and static RSA.
  if (hello.signature_algorithms.empty())
    return has_ecdsa_suite &&
           !has(hello.cipher_suites, {0xc02f, 0xc030, 0xcca8, 0xc027, 0xc028, 0xc013, 0xc014, 0x009e, 0x009f,
                                      0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035});
  return has(hello.signature_algorithms, {ecdsa_secp256r1_sha256}) &&
         (hello.highest_version() >= 0x0304 || has_ecdsa_suite);
}

bool may_present_early(const RunningRoute& route, const tls::ClientHello& hello) {
  const bool alpn_open = !relayable_alpn(hello.alpn).empty();
  const auto& policy = route.policy;
  const bool may_be_refused = policy.require_trusted || !policy.pins.empty() || policy.remembers_keys;
  const bool may_ask = route.settings.ask_client_cert;
  return !alpn_open && !may_be_refused && !may_ask && !route.presenter->needs_upstream_chain();
}

struct Presenting::Work {
  uv_work_t uv;
  Presenting* owner;  // null: it has gone
  RunningRoutePtr route;
  certs::PresentationRequest request;
  Result<certs::IdentityPtr> identity;
};

Presenting::Presenting(uv_loop_t* loop, RunningRoutePtr route, certs::PresentationRequest request, Done done)
    : work_(new Work{{}, this, std::move(route), std::move(request), nullptr}), done_(std::move(done)) {
  const auto run = [](uv_work_t* uv) {
    auto& work = *reinterpret_cast<Work*>(uv);
    work.identity = work.route->presenter->present(work.request);
  };
  const auto finished = [](uv_work_t* uv, int) {
    const std::unique_ptr<Work> work(reinterpret_cast<Work*>(uv));
    auto* self = work->owner;
    if (self == nullptr) return;
    self->work_ = nullptr;
    const auto done = std::move(self->done_);
    done(work->identity);
  };
  uv_queue_work(loop, &work_->uv, run, finished);
}

Presenting::~Presenting() {
  if (work_ != nullptr) work_->owner = nullptr;
}

}  // namespace mailtap::proxy::interception
