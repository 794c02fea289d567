#include "tls/crypto/multibuffer.h"

#include <algorithm>
#include <array>

#include <crypto_mb/cpu_features.h>
#include <crypto_mb/ec_nistp256.h>
#include <crypto_mb/ec_nistp384.h>
#include <crypto_mb/ec_nistp521.h>
#include <crypto_mb/version.h>
#include <crypto_mb/x25519.h>
#include <string.h>

#include "config/base/random.h"
#include "tls/crypto/libcrypto.h"
#include "tls/crypto/multibuffer_lanes.h"
#include "tls/crypto/multibuffer_rsa.h"

namespace mailtap::crypto::multibuffer {

namespace {

using libcrypto::Curve;

struct P256 {
  static constexpr auto curve = Curve::p256;
  static constexpr std::size_t bytes = 32, words = 4, bits = 256;
  static constexpr auto* public_key = &mbx_nistp256_ecpublic_key_mb8;
  static constexpr auto* shared_secret = &mbx_nistp256_ecdh_mb8;
  static constexpr auto* sign = &mbx_nistp256_ecdsa_sign_mb8;
  static constexpr auto* verify = &mbx_nistp256_ecdsa_verify_mb8;
};
struct P384 {
  static constexpr auto curve = Curve::p384;
  static constexpr std::size_t bytes = 48, words = 6, bits = 384;
  static constexpr auto* public_key = &mbx_nistp384_ecpublic_key_mb8;
  static constexpr auto* shared_secret = &mbx_nistp384_ecdh_mb8;
  static constexpr auto* sign = &mbx_nistp384_ecdsa_sign_mb8;
  static constexpr auto* verify = &mbx_nistp384_ecdsa_verify_mb8;
};
struct P521 {
  static constexpr auto curve = Curve::p521;
  static constexpr std::size_t bytes = 66, words = 9, bits = 521;
  static constexpr auto* public_key = &mbx_nistp521_ecpublic_key_mb8;
  static constexpr auto* shared_secret = &mbx_nistp521_ecdh_mb8;
  static constexpr auto* sign = &mbx_nistp521_ecdsa_sign_mb8;
  static constexpr auto* verify = &mbx_nistp521_ecdsa_verify_mb8;
};

/// crypto_mb computes with whatever it is given: what isn't valid never reaches it.
template <class C>
bool valid(const Job& job, JobKind first_of_curve) {
  const auto operation = static_cast<std::size_t>(job.kind) - static_cast<std::size_t>(first_of_curve);
  const auto is_scalar = [](Bytes number) {
    return number.size() == C::bytes && libcrypto::ec_scalar_in_range(C::curve, number);
  };
  switch (operation) {
    case 0: return is_scalar(job.private_key) && job.output.size() == 2 * C::bytes;
    case 1:
      return is_scalar(job.private_key) && libcrypto::ec_on_curve(C::curve, job.public_key) &&
             job.output.size() == C::bytes;
    case 2: return is_scalar(job.private_key) && job.output.size() == 2 * C::bytes;
    case 3:
      return job.signature.size() == 2 * C::bytes && is_scalar(job.signature.first(C::bytes)) &&
             is_scalar(job.signature.last(C::bytes)) && libcrypto::ec_on_curve(C::curve, job.public_key);
    default: return false;
  }
}

template <class C>
void public_keys(Jobs jobs) {
  Lanes<Word, C::words> scalars;
  Lanes<Word, C::words> x;
  Lanes<Word, C::words> y;
  for (std::size_t i = 0; i < jobs.size(); ++i) read_number(jobs[i]->private_key, scalars[i]);
  scalars.repeat_first(jobs.size());
  const auto status = C::public_key(x.pointers(), y.pointers(), nullptr, scalars.pointers(), nullptr);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    write_number(x[i], jobs[i]->output.first(C::bytes));
    write_number(y[i], jobs[i]->output.last(C::bytes));
    jobs[i]->status = status_of(status, i);
  }
}

template <class C>
void shared_secrets(Jobs jobs) {
  Lanes<Word, C::words> scalars;
  Lanes<Word, C::words> x;
  Lanes<Word, C::words> y;
  Lanes<int8u, C::bytes> secrets;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    read_number(jobs[i]->private_key, scalars[i]);
    read_number(jobs[i]->public_key.first(C::bytes), x[i]);
    read_number(jobs[i]->public_key.last(C::bytes), y[i]);
  }
  scalars.repeat_first(jobs.size());
  x.repeat_first(jobs.size());
  y.repeat_first(jobs.size());
  const auto status =
      C::shared_secret(secrets.pointers(), scalars.pointers(), x.pointers(), y.pointers(), nullptr, nullptr);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    std::ranges::copy(secrets[i], jobs[i]->output.begin());
    jobs[i]->status = status_of(status, i);
  }
}

/// As many of the hash's first bits as the order has (FIPS 186-4 section 6.4), in its width.
template <class C>
void read_hash(Bytes hash, std::array<int8u, C::bytes>& out) {
  static_assert(C::bits % 8 == 0 || C::bits > 512, "no hash is longer, so that whole bytes are cut");
  hash = hash.first(std::min(hash.size(), C::bytes));
  out.fill(0);
  std::ranges::copy(hash, out.end() - static_cast<std::ptrdiff_t>(hash.size()));
}

/// Uniform in 1 to the order - 1, by trying again.
template <class C>
bool make_nonce(std::array<Word, C::words>& nonce) {
  std::array<std::uint8_t, C::bytes> bytes{};
  do {
    if (!random_bytes(bytes)) return false;
    if constexpr (C::bits % 8 != 0) bytes[0] &= (1U << (C::bits % 8)) - 1;
  } while (!libcrypto::ec_scalar_in_range(C::curve, bytes));
  read_number(bytes, nonce);
  ::explicit_bzero(bytes.data(), bytes.size());
  return true;
}

template <class C>
void sign(Jobs jobs) {
  Lanes<Word, C::words> scalars;
  Lanes<Word, C::words> nonces;
  Lanes<int8u, C::bytes> hashes;
  Lanes<int8u, C::bytes> r;
  Lanes<int8u, C::bytes> s;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    read_number(jobs[i]->private_key, scalars[i]);
    read_hash<C>(jobs[i]->input, hashes[i]);
    if (!make_nonce<C>(nonces[i])) {
      for (auto* job : jobs) job->status = JobStatus::failed;
      return;
    }
  }
  scalars.repeat_first(jobs.size());
  nonces.repeat_first(jobs.size());
  hashes.repeat_first(jobs.size());
  const auto status =
      C::sign(r.pointers(), s.pointers(), hashes.pointers(), nonces.pointers(), scalars.pointers(), nullptr);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    std::ranges::copy(r[i], jobs[i]->output.begin());
    std::ranges::copy(s[i], jobs[i]->output.begin() + C::bytes);
    jobs[i]->status = status_of(status, i);
  }
}

template <class C>
void verify(Jobs jobs) {
  Lanes<int8u, C::bytes> r;
  Lanes<int8u, C::bytes> s;
  Lanes<int8u, C::bytes> hashes;
  Lanes<Word, C::words> x;
  Lanes<Word, C::words> y;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    std::ranges::copy(jobs[i]->signature.first(C::bytes), r[i].begin());
    std::ranges::copy(jobs[i]->signature.last(C::bytes), s[i].begin());
    read_hash<C>(jobs[i]->input, hashes[i]);
    read_number(jobs[i]->public_key.first(C::bytes), x[i]);
    read_number(jobs[i]->public_key.last(C::bytes), y[i]);
  }
  r.repeat_first(jobs.size());
  s.repeat_first(jobs.size());
  hashes.repeat_first(jobs.size());
  x.repeat_first(jobs.size());
  y.repeat_first(jobs.size());
  const auto status =
      C::verify(r.pointers(), s.pointers(), hashes.pointers(), x.pointers(), y.pointers(), nullptr, nullptr);
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i]->status = status_of(status, i);
}

constexpr std::size_t x25519_size = 32;

void x25519(Jobs jobs, bool shared) {
  Lanes<int8u, x25519_size> scalars;
  Lanes<int8u, x25519_size> peers;
  Lanes<int8u, x25519_size> results;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    std::ranges::copy(jobs[i]->private_key, scalars[i].begin());
    if (shared) std::ranges::copy(jobs[i]->public_key, peers[i].begin());
  }
  scalars.repeat_first(jobs.size());
  peers.repeat_first(jobs.size());
  const auto status = shared ? mbx_x25519_mb8(results.pointers(), scalars.pointers(), peers.pointers())
                             : mbx_x25519_public_key_mb8(results.pointers(), scalars.pointers());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    // A point of low order gives zero (RFC 7748 section 6.1).
    std::uint8_t all = 0;
    for (const auto byte : results[i]) all |= byte;
    jobs[i]->status = all == 0 ? JobStatus::failed : status_of(status, i);
    if (jobs[i]->status == JobStatus::done) std::ranges::copy(results[i], jobs[i]->output.begin());
  }
}

/// Points that no honest peer sends: of low order, and those less than 2^32 below p or above it, for which
/// the crypto_mb of Debian 13 computes wrong secrets (one even for p - 1, which has none).
bool is_odd_point(Bytes u) {
  constexpr std::array<std::array<std::uint8_t, x25519_size>, 2> of_order_8{{
      {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
       0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
      {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
       0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
  }};
  std::array<std::uint8_t, x25519_size> number{};
  std::ranges::copy(u, number.begin());
  number.back() &= 0x7f;  // as RFC 7748 section 5
  const auto upper = Bytes(number).subspan(4, x25519_size - 5);
  const auto all = [&](std::uint8_t byte) {
    return std::ranges::all_of(upper, [&](auto each) { return each == byte; });
  };
  return (number.back() == 0 && all(0)) || (number.back() == 0x7f && all(0xff)) ||
         std::ranges::find(of_order_8, number) != of_order_8.end();
}

bool valid_x25519(const Job& job) {
  return job.private_key.size() == x25519_size && job.output.size() == x25519_size &&
         (job.kind == JobKind::x25519_public_key || job.public_key.size() == x25519_size);
}

/// What crypto_mb can't: some RSA keys, some of X25519's points.
bool for_libcrypto(const Job& job) {
  if (job.rsa != nullptr) return !takes_rsa(job);
  return job.kind == JobKind::x25519_shared_secret && is_odd_point(job.public_key);
}

template <class C>
void perform_on(JobKind first_of_curve, Jobs jobs) {
  switch (static_cast<std::size_t>(jobs[0]->kind) - static_cast<std::size_t>(first_of_curve)) {
    case 0: return public_keys<C>(jobs);
    case 1: return shared_secrets<C>(jobs);
    case 2: return sign<C>(jobs);
    default: return verify<C>(jobs);
  }
}

bool valid(const Job& job) {
  if (job.kind < JobKind::p384_public_key) return valid<P256>(job, JobKind::p256_public_key);
  if (job.kind < JobKind::p521_public_key) return valid<P384>(job, JobKind::p384_public_key);
  if (job.kind < JobKind::x25519_public_key) return valid<P521>(job, JobKind::p521_public_key);
  return job.kind < JobKind::rsa_private ? valid_x25519(job) : valid_rsa(job);
}

void perform_valid(Jobs jobs) {
  const auto kind = jobs[0]->kind;
  if (kind < JobKind::p384_public_key) return perform_on<P256>(JobKind::p256_public_key, jobs);
  if (kind < JobKind::p521_public_key) return perform_on<P384>(JobKind::p384_public_key, jobs);
  if (kind < JobKind::x25519_public_key) return perform_on<P521>(JobKind::p521_public_key, jobs);
  if (kind < JobKind::rsa_private) return x25519(jobs, kind == JobKind::x25519_shared_secret);
  return kind == JobKind::rsa_private ? rsa_private(jobs) : rsa_public(jobs);
}

}  // namespace

std::string why_not() {
  static const bool applicable = mbx_is_crypto_mb_applicable(mbx_get_cpu_features()) != 0;
  return applicable ? std::string() : "this CPU has no AVX-512 IFMA";
}

std::string version() {
  const auto* v = mbx_getversion();
  return "crypto_mb " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." +
         std::to_string(v->revision);
}

bool takes(JobKind kind, unsigned bits) {
  if (kind >= JobKind::mlkem_generate) return false;
  if (kind != JobKind::rsa_private && kind != JobKind::rsa_public) return true;
  return bits == 1024 || bits == 2048 || bits == 3072 || bits == 4096;
}

unsigned singles_up_to(JobKind kind) {
  // As bench/crypto_bench --fills measured them on Zen 5. OpenSSL has no code of its own for P-384.
  switch (kind) {
    case JobKind::p384_public_key:
    case JobKind::p384_shared_secret:
    case JobKind::p384_sign:
    case JobKind::p384_verify: return 0;
    case JobKind::x25519_public_key:
    case JobKind::p256_public_key:
    case JobKind::p256_shared_secret:
    case JobKind::p256_sign:
    case JobKind::p256_verify: return 2;
    default: return 1;
  }
}

unsigned full_batch(JobKind kind, unsigned bits) {
  return kind == JobKind::rsa_private ? full_rsa_private(bits) : batch_size;
}

void perform(std::span<Job* const> jobs) {
  std::array<Job*, batch_size> together{};
  std::size_t count = 0;
  for (auto* job : jobs) {
    if (!valid(*job))
      job->status = JobStatus::failed;
    else if (for_libcrypto(*job))
      crypto::perform(*job);
    else
      together[count++] = job;
  }
  if (count != 0) perform_valid(Jobs(together.data(), count));
}

}  // namespace mailtap::crypto::multibuffer
