#include "tls/crypto/multibuffer.h"

namespace mailtap::crypto::multibuffer {

std::string why_not() {
  return "this build is without Intel's crypto_mb";
}

std::string version() {
  return {};
}

bool takes(JobKind /*kind*/, unsigned /*bits*/) {
  return false;
}

unsigned singles_up_to(JobKind /*kind*/) {
  return batch_size;
}

unsigned full_batch(JobKind /*kind*/, unsigned /*bits*/) {
  return batch_size;
}

void perform(std::span<Job* const> jobs) {
  for (auto* job : jobs) crypto::perform(*job);
}

}  // namespace mailtap::crypto::multibuffer
