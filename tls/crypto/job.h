// The expensive operations of a handshake as values that can wait, so that like ones of several
// connections are done together.
//
//   mbedTLS --hook--> Job --submit()--> JobRunner of this thread, if it has one --> perform_batch()
//                                  \--> perform_batch() with it alone, at once
//
// A hook fills a Job on its stack and calls submit(), which returns when the job is done. A runner is free
// to suspend the caller meanwhile (a handshake on a fiber) until it has batched up to eight jobs that
// can_share(); perform_batch() does these in one multi-buffer call. Nothing here knows mbedTLS or fibers.
//
// What only exists one at a time (Brainpool curves, RSA of odd sizes, records, hashes) is no job: the hooks
// do it at once. ML-KEM does too, but needs more stack than a fiber has, and is a job for that alone.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/bytes.h"

namespace mailtap::crypto {

enum class JobKind : std::uint8_t {
  p256_public_key,
  p256_shared_secret,
  p256_sign,
  p256_verify,
  p384_public_key,
  p384_shared_secret,
  p384_sign,
  p384_verify,
  p521_public_key,
  p521_shared_secret,
  p521_sign,
  p521_verify,
  x25519_public_key,
  x25519_shared_secret,
  rsa_private,
  rsa_public,
  mlkem_generate,
  mlkem_encapsulate,
  mlkem_decapsulate,
};
inline constexpr std::size_t job_kinds = 19;
std::string_view to_string(JobKind kind);

enum class JobStatus : std::uint8_t {
  pending,
  done,
  failed,  ///< an input is not valid (a point off its curve, r of zero), or a signature doesn't verify
};

/// An RSA key; each number unsigned, most significant byte first. rsa_private needs all of them, rsa_public n
/// and e. (Chinese remainders: dp = d mod p - 1, dq = d mod q - 1, qp = 1/q mod p.)
struct RsaKey {
  Bytes n{}, e{};
  Bytes d{}, p{}, q{}, dp{}, dq{}, qp{};
  /// Whose private key this is: what is prepared for it is kept until forget_rsa(owner). Null: nothing is.
  const void* owner = nullptr;
};

/// The key of this owner is no more. From any thread.
void forget_rsa(const void* owner);

/// Bytes are as protocols carry them: numbers and coordinates with the most significant byte first in the
/// curve's whole width (32, 48, 66 bytes), X25519's as RFC 7748 encodes them. What the spans and `rsa` point
/// at belongs to whoever made the job and stays until status is no longer pending.
///
/// | kind             | private_key | public_key | input | signature | output          |
/// | ---------------- | ----------- | ---------- | ----- | --------- | --------------- |
/// | .._public_key    | scalar      |            |       |           | x, y; X25519: u |
/// | .._shared_secret | scalar      | as output  |       |           | x; X25519: u    |
/// | .._sign          | scalar      |            | hash  |           | r, s            |
/// | .._verify        |             | x, y       | hash  | r, s      |                 |
/// | rsa_..           | (rsa)       | (rsa)      | block |           | block           |
/// | mlkem_generate   |             |            | seed  |           | both keys       |
/// | .._encapsulate   |             | its own    | m     |           | both results    |
/// | .._decapsulate   | its own     |            | c     |           | secret          |
///
/// ML-KEM's are as tls/crypto/mlkem.h has them: the public key and behind it the private one; the ciphertext
/// and behind it the secret.
///
/// RSA's blocks are of the modulus's size and may be the same memory. Everything is validated by whoever
/// performs the job: points on their curve and not infinity, scalars, r and s in range, X25519's result not
/// zero. The private operation checks its result with the public one before it gives it away.
struct Job {
  JobKind kind{};
  std::uint16_t bits = 0;  ///< of RSA's modulus; else 0
  JobStatus status = JobStatus::pending;
  const RsaKey* rsa = nullptr;
  Bytes private_key{};
  Bytes public_key{};
  Bytes input{};
  Bytes signature{};
  MutableBytes output{};
};

/// Jobs that one perform_batch() may do together.
inline bool can_share(const Job& a, const Job& b) {
  return a.kind == b.kind && a.bits == b.bits;
}

inline constexpr std::size_t batch_size = 8;

/// Does one job with libcrypto, whatever the backend. Afterwards it isn't pending.
void perform(Job& job);

/// Does 1 to batch_size jobs that can_share(), in one multi-buffer call if that is cheaper than one by one
/// and the backend is `multibuffer`. Each job has a status of its own: one that fails doesn't touch the
/// others.
void perform_batch(std::span<Job* const> jobs);

/// Up to how many of these perform_batch() does one by one, as that is cheaper: a batch of so few isn't worth
/// any waiting. batch_size: never together.
unsigned singles_up_to(JobKind kind, unsigned bits = 0);

/// The number of these, of batch_size at most, that a multi-buffer call does at the least cost for each.
unsigned full_batch(JobKind kind, unsigned bits = 0);

/// Batches jobs, on the thread that it was made current on.
class JobRunner {
 public:
  virtual ~JobRunner() = default;
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  /// Returns when job.status isn't pending, having suspended the caller as it likes; or at once with
  /// perform(job) where the caller can't be suspended. Doesn't fail.
  virtual void run(Job& job) = 0;

 protected:
  JobRunner() = default;
};

/// The runner of this thread: null at first, then jobs are performed at once. Whoever sets one clears it
/// before the runner ends.
JobRunner* current_runner();
void set_current_runner(JobRunner* runner);

/// What the hooks call: the current runner if the backend is `multibuffer`, else perform_batch() with it
/// alone.
void submit(Job& job);

}  // namespace mailtap::crypto
