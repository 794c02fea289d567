// The multi-buffer backend against libcrypto: the same jobs, eight at a time and one by one.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <vector>

#include "config/base/random.h"
#include "tests/tls/crypto/rsa_key.h"
#include "tls/crypto/backend.h"
#include "tls/crypto/job.h"
#include "tls/crypto/multibuffer.h"

using namespace mailtap;
using namespace mailtap::crypto;
using tests::make_rsa;
using tests::RsaNumbers;

namespace {

struct NistCurve {
  std::string_view name;
  std::size_t size;
  JobKind public_key, shared_secret, sign, verify;
};
constexpr std::array<NistCurve, 3> nist_curves{{
    {"P-256", 32, JobKind::p256_public_key, JobKind::p256_shared_secret, JobKind::p256_sign,
     JobKind::p256_verify},
    {"P-384", 48, JobKind::p384_public_key, JobKind::p384_shared_secret, JobKind::p384_sign,
     JobKind::p384_verify},
    {"P-521", 66, JobKind::p521_public_key, JobKind::p521_shared_secret, JobKind::p521_sign,
     JobKind::p521_verify},
}};

Buffer random(std::size_t size) {
  Buffer bytes(size);
  REQUIRE(random_bytes(bytes));
  return bytes;
}

/// Below every order: those of the NIST curves begin with 32 bits of ones, P-521's with 9.
Buffer random_scalar(std::size_t size) {
  auto scalar = random(size);
  scalar[0] &= size == 66 ? 0x00 : 0x7f;
  return scalar;
}

/// In a build or on a CPU without crypto_mb this does them one by one: the claims hold all the same.
void together(std::vector<Job>& jobs) {
  std::vector<Job*> pointers;
  for (auto& job : jobs) {
    job.status = JobStatus::pending;
    pointers.push_back(&job);
  }
  if (multibuffer::why_not().empty())
    multibuffer::perform(pointers);
  else
    perform_batch(pointers);
}

bool all_done(const std::vector<Job>& jobs) {
  return std::ranges::all_of(jobs, [](const Job& job) { return job.status == JobStatus::done; });
}

Buffer alone(Job job) {
  Buffer out(job.output.size());
  job.output = out;
  perform(job);
  REQUIRE(job.status == JobStatus::done);
  return out;
}

/// One operation for each of `count` lanes.
struct Batch {
  std::vector<Buffer> private_keys, public_keys, inputs, outputs;
  std::vector<Job> jobs;

  void run(JobKind kind, std::size_t count, std::size_t output_size) {
    outputs.assign(count, Buffer(output_size));
    jobs.assign(count, {});
    for (std::size_t i = 0; i < count; ++i) {
      jobs[i].kind = kind;
      if (!private_keys.empty()) jobs[i].private_key = private_keys[i];
      if (!public_keys.empty()) jobs[i].public_key = public_keys[i];
      if (!inputs.empty()) jobs[i].input = inputs[i];
      jobs[i].output = outputs[i];
    }
    together(jobs);
  }
};

Batch with_keys(const NistCurve& curve, std::size_t count) {
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) batch.private_keys.push_back(random_scalar(curve.size));
  batch.run(curve.public_key, count, 2 * curve.size);
  REQUIRE(all_done(batch.jobs));
  return batch;
}

}  // namespace

TEST_CASE("public keys and shared secrets of a batch are libcrypto's, at every fill") {
  const auto curve = GENERATE(from_range(nist_curves));
  const auto count = GENERATE(range(std::size_t{1}, batch_size + 1));
  CAPTURE(curve.name, count);
  auto batch = with_keys(curve, count);
  for (std::size_t i = 0; i < count; ++i) CHECK(batch.outputs[i] == alone(batch.jobs[i]));

  batch.public_keys = batch.outputs;
  std::rotate(batch.public_keys.begin(), batch.public_keys.begin() + 1, batch.public_keys.end());
  batch.run(curve.shared_secret, count, curve.size);
  REQUIRE(all_done(batch.jobs));
  for (std::size_t i = 0; i < count; ++i) CHECK(batch.outputs[i] == alone(batch.jobs[i]));
}

TEST_CASE("a batch's signatures verify with libcrypto and libcrypto's in a batch, whatever the hash") {
  const auto curve = GENERATE(from_range(nist_curves));
  const auto hash_size = GENERATE(std::size_t{20}, 28, 32, 48, 64);
  CAPTURE(curve.name, hash_size);
  auto batch = with_keys(curve, batch_size);
  const auto public_keys = batch.outputs;
  for (std::size_t i = 0; i < batch_size; ++i) batch.inputs.push_back(random(hash_size));
  batch.run(curve.sign, batch_size, 2 * curve.size);
  REQUIRE(all_done(batch.jobs));

  std::vector<Buffer> by_libcrypto;
  for (std::size_t i = 0; i < batch_size; ++i) {
    Job verify{.kind = curve.verify,
               .public_key = public_keys[i],
               .input = batch.inputs[i],
               .signature = batch.outputs[i]};
    perform(verify);
    CHECK(verify.status == JobStatus::done);
    by_libcrypto.push_back(alone(batch.jobs[i]));
  }
  std::vector<Job> verify(batch_size);
  for (std::size_t i = 0; i < batch_size; ++i)
    verify[i] = {.kind = curve.verify,
                 .public_key = public_keys[i],
                 .input = batch.inputs[i],
                 .signature = by_libcrypto[i]};
  together(verify);
  CHECK(all_done(verify));

  by_libcrypto[3].back() ^= 1;
  batch.inputs[5].front() ^= 1;
  together(verify);
  for (std::size_t i = 0; i < batch_size; ++i)
    CHECK(verify[i].status == (i == 3 || i == 5 ? JobStatus::failed : JobStatus::done));
}

TEST_CASE("X25519 in a batch gives libcrypto's results") {
  Batch batch;
  for (std::size_t i = 0; i < batch_size; ++i) batch.private_keys.push_back(random(32));
  batch.run(JobKind::x25519_public_key, batch_size, 32);
  REQUIRE(all_done(batch.jobs));
  for (std::size_t i = 0; i < batch_size; ++i) CHECK(batch.outputs[i] == alone(batch.jobs[i]));
  batch.public_keys = batch.outputs;
  std::rotate(batch.public_keys.begin(), batch.public_keys.begin() + 1, batch.public_keys.end());
  batch.public_keys[0].back() |= 0x80;  // the top bit doesn't count (RFC 7748 section 5)
  batch.run(JobKind::x25519_shared_secret, batch_size, 32);
  REQUIRE(all_done(batch.jobs));
  for (std::size_t i = 0; i < batch_size; ++i) CHECK(batch.outputs[i] == alone(batch.jobs[i]));
}

TEST_CASE("RSA in a batch gives libcrypto's results, of different keys and exponents") {
  const auto bits = GENERATE(1024U, 2048U, 3072U, 4096U);
  CAPTURE(bits);
  std::vector<RsaNumbers> keys{make_rsa(bits), make_rsa(bits, bits == 1024 ? 3 : 65537)};
  if (bits <= 2048) keys.push_back(make_rsa(bits));  // large ones take seconds
  std::vector<RsaKey> views;
  for (const auto& key : keys) views.push_back(key.view());
  std::vector<Buffer> blocks(batch_size);
  std::vector<Buffer> outputs(batch_size, Buffer(bits / 8));
  std::vector<Job> jobs(batch_size);
  for (std::size_t i = 0; i < batch_size; ++i) {
    blocks[i] = random(bits / 8);
    blocks[i][0] &= 0x7f;
    jobs[i] = {.kind = JobKind::rsa_private,
               .bits = static_cast<std::uint16_t>(bits),
               .rsa = &views[i % views.size()]};
    jobs[i].input = blocks[i];
    jobs[i].output = outputs[i];
  }
  for (const std::size_t count : {1U, 3U, 4U, 5U, 8U}) {  // up to half a batch is computed otherwise
    CAPTURE(count);
    for (auto& output : outputs) std::ranges::fill(output, std::uint8_t{0});
    std::vector<Job> some(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(count));
    together(some);
    REQUIRE(all_done(some));
    for (const auto& job : some) CHECK(std::ranges::equal(job.output, alone(job)));
  }

  std::vector<Buffer> back(batch_size, Buffer(bits / 8));
  for (std::size_t i = 0; i < batch_size; ++i) {
    jobs[i].kind = JobKind::rsa_public;
    jobs[i].input = outputs[i];
    jobs[i].output = back[i];
  }
  together(jobs);
  REQUIRE(all_done(jobs));
  CHECK(back == blocks);
}

TEST_CASE("an invalid job of a batch fails and the others don't notice") {
  const auto curve = GENERATE(from_range(nist_curves));
  CAPTURE(curve.name);
  auto batch = with_keys(curve, batch_size);
  const auto public_keys = batch.outputs;

  batch.public_keys = public_keys;
  batch.public_keys[0].back() ^= 1;                   // off the curve
  batch.public_keys[2].assign(2 * curve.size, 0);     // infinity has no coordinates
  batch.public_keys[3].assign(2 * curve.size, 0xff);  // not below the field's prime
  batch.public_keys[5].pop_back();                    // cut short
  batch.private_keys[6].assign(curve.size, 0);        // zero
  batch.private_keys[7].assign(curve.size, 0xff);     // above the order
  batch.run(curve.shared_secret, batch_size, curve.size);
  for (std::size_t i = 0; i < batch_size; ++i) {
    CAPTURE(i);
    if (i == 1 || i == 4) {
      CHECK(batch.jobs[i].status == JobStatus::done);
      CHECK(batch.outputs[i] == alone(batch.jobs[i]));
    } else {
      CHECK(batch.jobs[i].status == JobStatus::failed);
      CHECK(batch.outputs[i] == Buffer(curve.size));
      perform(batch.jobs[i]);
      CHECK(batch.jobs[i].status == JobStatus::failed);
    }
  }
}

TEST_CASE("r and s of zero, of the order and above are refused in a batch") {
  const auto curve = GENERATE(from_range(nist_curves));
  CAPTURE(curve.name);
  auto batch = with_keys(curve, batch_size);
  const auto public_keys = batch.outputs;
  for (std::size_t i = 0; i < batch_size; ++i) batch.inputs.push_back(random(32));
  batch.run(curve.sign, batch_size, 2 * curve.size);
  REQUIRE(all_done(batch.jobs));
  auto signatures = batch.outputs;
  const auto fill = [&](std::size_t lane, bool second, std::uint8_t value) {
    const auto begin = signatures[lane].begin() + static_cast<std::ptrdiff_t>(second ? curve.size : 0);
    std::fill(begin, begin + static_cast<std::ptrdiff_t>(curve.size), value);
  };
  fill(1, false, 0);
  fill(2, true, 0);
  fill(3, false, 0xff);
  fill(4, true, 0xff);
  fill(5, false, 0);
  fill(5, true, 0);
  signatures[6].pop_back();
  std::vector<Job> verify(batch_size);
  for (std::size_t i = 0; i < batch_size; ++i)
    verify[i] = {.kind = curve.verify,
                 .public_key = public_keys[i],
                 .input = batch.inputs[i],
                 .signature = signatures[i]};
  together(verify);
  for (std::size_t i = 0; i < batch_size; ++i)
    CHECK(verify[i].status == (i == 0 || i == 7 ? JobStatus::done : JobStatus::failed));
}

TEST_CASE("X25519 with a point of low order fails alone in its batch") {
  Batch batch;
  for (std::size_t i = 0; i < batch_size; ++i) batch.private_keys.push_back(random(32));
  batch.run(JobKind::x25519_public_key, batch_size, 32);
  batch.public_keys = batch.outputs;
  batch.public_keys[3].assign(32, 0);
  batch.public_keys[4].assign(32, 0);
  batch.public_keys[4][0] = 1;
  batch.public_keys[6].assign(32, 0xff);  // p - 1, of order 4
  batch.public_keys[6][0] = 0xec;
  batch.run(JobKind::x25519_shared_secret, batch_size, 32);
  for (std::size_t i = 0; i < batch_size; ++i)
    CHECK(batch.jobs[i].status == (i == 3 || i == 4 || i == 6 ? JobStatus::failed : JobStatus::done));
}

TEST_CASE("X25519 in a batch gives libcrypto's results also for points about p and 2^255") {
  Batch batch;
  for (std::size_t i = 0; i < batch_size; ++i) {
    batch.private_keys.push_back(random(32));
    batch.public_keys.emplace_back(32, 0xff);
  }
  constexpr std::array<std::uint8_t, batch_size> first{0xeb, 0xea, 0xe0, 0x80, 0x00, 0xef, 0xf0, 0xff};
  for (std::size_t i = 0; i < batch_size; ++i) {
    batch.public_keys[i].front() = first[i];
    if (i % 2 == 0) batch.public_keys[i].back() = 0x7f;
  }
  batch.public_keys[3][3] = 0x12;
  batch.run(JobKind::x25519_shared_secret, batch_size, 32);
  REQUIRE(all_done(batch.jobs));
  for (std::size_t i = 0; i < batch_size; ++i) CHECK(batch.outputs[i] == alone(batch.jobs[i]));
}
