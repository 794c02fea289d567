#include "tls/crypto/job.h"

#include <array>
#include <optional>

#include "tls/crypto/backend.h"
#include "tls/crypto/libcrypto.h"
#include "tls/crypto/mlkem.h"
#include "tls/crypto/multibuffer.h"
#include "tls/crypto/x25519.h"

namespace mailtap::crypto {

namespace {

enum class Operation : std::uint8_t { public_key, shared_secret, sign, verify };

struct OnCurve {
  libcrypto::Curve curve;
  Operation operation;
};

/// The kinds of the three NIST curves come first, four each.
std::optional<OnCurve> on_nist_curve(JobKind kind) {
  constexpr std::array<libcrypto::Curve, 3> in_order{libcrypto::Curve::p256, libcrypto::Curve::p384,
                                                     libcrypto::Curve::p521};
  const auto index = static_cast<std::size_t>(kind);
  if (index / 4 >= in_order.size()) return std::nullopt;
  return OnCurve{in_order.at(index / 4), static_cast<Operation>(index % 4)};
}

bool perform_on(const OnCurve& what, const Job& job) {
  switch (what.operation) {
    case Operation::public_key: return libcrypto::ec_public_key(what.curve, job.private_key, job.output);
    case Operation::shared_secret:
      return libcrypto::ec_shared_secret(what.curve, job.private_key, job.public_key, job.output);
    case Operation::sign: return libcrypto::ec_sign(what.curve, job.private_key, job.input, job.output);
    case Operation::verify: return libcrypto::ec_verify(what.curve, job.public_key, job.input, job.signature);
  }
  return false;
}

bool is_mlkem(JobKind kind) {
  return kind >= JobKind::mlkem_generate;
}

bool mlkem_succeeds(const Job& job) {
  const auto fits = [](Bytes bytes, std::size_t size) { return bytes.size() == size; };
  auto* const out = job.output.data();
  switch (job.kind) {
    case JobKind::mlkem_generate:
      return fits(job.input, mailtap_mlkem_seed) &&
             fits(job.output, std::size_t{mailtap_mlkem_public_key} + mailtap_mlkem_private_key) &&
             mailtap_mlkem_generate(job.input.data(), out, out + mailtap_mlkem_public_key) == 1;
    case JobKind::mlkem_encapsulate:
      return fits(job.public_key, mailtap_mlkem_public_key) && fits(job.input, mailtap_mlkem_random) &&
             fits(job.output, std::size_t{mailtap_mlkem_ciphertext} + mailtap_mlkem_secret) &&
             mailtap_mlkem_encapsulate(job.public_key.data(), job.input.data(), out,
                                       out + mailtap_mlkem_ciphertext) == 1;
    case JobKind::mlkem_decapsulate:
      return fits(job.private_key, mailtap_mlkem_private_key) && fits(job.input, mailtap_mlkem_ciphertext) &&
             fits(job.output, mailtap_mlkem_secret) &&
             mailtap_mlkem_decapsulate(job.private_key.data(), job.input.data(), out) == 1;
    default: return false;
  }
}

bool succeeds(const Job& job) {
  if (is_mlkem(job.kind)) return mlkem_succeeds(job);
  if (const auto nist = on_nist_curve(job.kind)) return perform_on(*nist, job);
  switch (job.kind) {
    case JobKind::x25519_public_key: return x25519_public_key(job.private_key, job.output);
    case JobKind::x25519_shared_secret:
      return x25519_shared_secret(job.private_key, job.public_key, job.output);
    case JobKind::rsa_private:
      return job.rsa != nullptr && libcrypto::rsa_private(*job.rsa, job.input, job.output);
    case JobKind::rsa_public:
      return job.rsa != nullptr && libcrypto::rsa_public(*job.rsa, job.input, job.output);
    default: return false;
  }
}

JobRunner*& runner() {
  thread_local JobRunner* of_this_thread = nullptr;
  return of_this_thread;
}

}  // namespace

std::string_view to_string(JobKind kind) {
  constexpr std::array<std::string_view, job_kinds> names{
      "p256_public_key",   "p256_shared_secret",   "p256_sign",        "p256_verify",
      "p384_public_key",   "p384_shared_secret",   "p384_sign",        "p384_verify",
      "p521_public_key",   "p521_shared_secret",   "p521_sign",        "p521_verify",
      "x25519_public_key", "x25519_shared_secret", "rsa_private",      "rsa_public",
      "mlkem_generate",    "mlkem_encapsulate",    "mlkem_decapsulate"};
  return names.at(static_cast<std::size_t>(kind));
}

void perform(Job& job) {
  job.status = succeeds(job) ? JobStatus::done : JobStatus::failed;
}

void perform_batch(std::span<Job* const> jobs) {
  if (jobs.empty()) return;
  const auto& first = *jobs.front();
  if (jobs.size() > singles_up_to(first.kind, first.bits) && backend() == Backend::multibuffer) {
    multibuffer::perform(jobs);
    return;
  }
  for (auto* job : jobs) perform(*job);
}

unsigned singles_up_to(JobKind kind, unsigned bits) {
  return multibuffer::takes(kind, bits) ? multibuffer::singles_up_to(kind) : batch_size;
}

unsigned full_batch(JobKind kind, unsigned bits) {
  return is_mlkem(kind) ? 1 : multibuffer::full_batch(kind, bits);
}

JobRunner* current_runner() {
  return runner();
}

void set_current_runner(JobRunner* to) {
  runner() = to;
}

void submit(Job& job) {
  auto* const current = runner();
  if (current != nullptr && backend() == Backend::multibuffer &&
      (is_mlkem(job.kind) || multibuffer::takes(job.kind, job.bits))) {
    current->run(job);
    return;
  }
  Job* const alone[] = {&job};
  perform_batch(alone);
}

}  // namespace mailtap::crypto
