// The backends that this build and this machine have, each in its turn.
#pragma once

#include <vector>

#include "tls/crypto/backend.h"
#include "tls/crypto/job.h"
#include "tls/crypto/multibuffer.h"
#include "tls/crypto/shortcuts.h"
#include "tls/crypto/spare_keys.h"

namespace mailtap::tests {

inline std::vector<crypto::Backend> usable_backends() {
  std::vector<crypto::Backend> usable;
  for (const auto backend :
       {crypto::Backend::portable, crypto::Backend::libcrypto, crypto::Backend::multibuffer})
    if (crypto::why_not(backend).empty()) usable.push_back(backend);
  return usable;
}

/// Has each job done by a multi-buffer call of its own, on the thread that it is made on.
class BatchesOfOne final : public crypto::JobRunner {
 public:
  BatchesOfOne() { crypto::set_current_runner(this); }
  ~BatchesOfOne() override { crypto::set_current_runner(nullptr); }
  void run(crypto::Job& job) override {
    if (!crypto::multibuffer::takes(job.kind, job.bits)) return crypto::perform(job);
    crypto::Job* const alone[] = {&job};
    if (mailtap_takes_shortcut(MAILTAP_SHORTCUT_SPARE_KEYS) &&
        crypto::backend() == crypto::Backend::multibuffer &&
        (job.kind == crypto::JobKind::x25519_public_key || job.kind == crypto::JobKind::p256_public_key))
      return (void)crypto::perform_and_spare(alone);
    crypto::multibuffer::perform(alone);
  }
};

/// Takes one for as long as it lives.
class WithBackend {
 public:
  explicit WithBackend(crypto::Backend backend) : before_(crypto::backend()) {
    (void)crypto::set_backend(backend);
  }
  ~WithBackend() { (void)crypto::set_backend(before_); }
  WithBackend(const WithBackend&) = delete;
  WithBackend& operator=(const WithBackend&) = delete;

 private:
  crypto::Backend before_;
  BatchesOfOne runner_;
};

}  // namespace mailtap::tests
