// Keys made ahead in the idle lanes of a batch: whose they are, how often, for how long.
#include "tls/crypto/spare_keys.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <set>
#include <thread>
#include <vector>

#include "tests/tls/crypto/backends.h"
#include "tls/crypto/shortcuts.h"

using namespace mailtap;
using namespace mailtap::crypto;

namespace {

struct Pair {
  Buffer private_key = Buffer(32);
  Buffer public_key;
};

Pair blank(JobKind kind) {
  return {.public_key = Buffer(kind == JobKind::x25519_public_key ? 32 : 64)};
}

bool take(JobKind kind, Pair& pair, SpareClock::time_point now) {
  return take_spare_key(kind, pair.private_key, pair.public_key, now);
}

/// A scalar that both curves take.
Buffer scalar() {
  Buffer bytes(32, 0x11);
  bytes[31] = 0x55;
  bytes[0] = 0x10;
  return bytes;
}

Buffer by_libcrypto(JobKind kind, Bytes private_key) {
  auto result = blank(kind).public_key;
  Job job{.kind = kind, .private_key = private_key, .output = result};
  perform(job);
  REQUIRE(job.status == JobStatus::done);
  return result;
}

/// So many jobs of a kind at once; what the first of them came to.
Buffer perform_some(JobKind kind, std::size_t count, SpareClock::time_point now) {
  const auto key = scalar();
  std::vector<Pair> results(count, blank(kind));
  std::vector<Job> jobs;
  for (auto& result : results)
    jobs.push_back({.kind = kind, .private_key = key, .output = result.public_key});
  std::vector<Job*> pointers;
  for (auto& job : jobs) pointers.push_back(&job);
  (void)perform_and_spare(pointers, now);
  for (const auto& job : jobs) CHECK(job.status == JobStatus::done);
  for (const auto& result : results) CHECK(result.public_key == results.front().public_key);
  return results.front().public_key;
}

/// On a thread of its own, which has no keys yet; nothing where there are no batches.
template <class Claim>
void on_a_new_thread(Claim claim) {
  if (!why_not(Backend::multibuffer).empty()) SKIP("no multi-buffer backend here");
  const auto before = backend();
  REQUIRE(set_backend(Backend::multibuffer));
  std::thread(claim).join();
  (void)set_backend(before);
}

constexpr auto start = SpareClock::time_point(std::chrono::hours(1));

}  // namespace

TEST_CASE("A lone key's idle lanes make keys for later, each with its own public half and handed out once",
          "[threads]") {
  const auto kind = GENERATE(JobKind::x25519_public_key, JobKind::p256_public_key);
  const auto jobs = GENERATE(std::size_t{1}, std::size_t{2});
  on_a_new_thread([&] {
    auto pair = blank(kind);
    CHECK_FALSE(take(kind, pair, start));
    CHECK(perform_some(kind, jobs, start) == by_libcrypto(kind, scalar()));
    std::set<Buffer> seen{scalar()};
    for (std::size_t i = 0; i < batch_size - jobs; ++i) {
      REQUIRE(take(kind, pair, start));
      CHECK(seen.insert(pair.private_key).second);
      CHECK(pair.public_key == by_libcrypto(kind, pair.private_key));
    }
    CHECK_FALSE(take(kind, pair, start));
  });
}

TEST_CASE("Spare keys are this thread's, of their own kind, and made again only when they are used up",
          "[threads]") {
  constexpr auto kind = JobKind::x25519_public_key;
  on_a_new_thread([&] {
    perform_some(kind, 1, start);
    auto other = blank(JobKind::p256_public_key);
    CHECK_FALSE(take(JobKind::p256_public_key, other, start));
    std::thread([&] {
      auto pair = blank(kind);
      CHECK_FALSE(take(kind, pair, start));
    }).join();
    auto pair = blank(kind);
    REQUIRE(take(kind, pair, start));
    perform_some(kind, 1, start);
    for (int left = 6; left > 0; --left) CHECK(take(kind, pair, start));
    CHECK_FALSE(take(kind, pair, start));
  });
}

TEST_CASE("A spare key that was kept for too long is used for nothing", "[threads]") {
  constexpr auto kind = JobKind::x25519_public_key;
  on_a_new_thread([&] {
    auto pair = blank(kind);
    perform_some(kind, 1, start);
    CHECK(take(kind, pair, start + longest_kept));
    CHECK_FALSE(take(kind, pair, start + longest_kept + std::chrono::nanoseconds(1)));
    CHECK_FALSE(take(kind, pair, start));  // they are gone, not hidden
  });
}

TEST_CASE("Spare keys that nobody takes are erased once they are too old, each kind in its time",
          "[threads]") {
  using std::chrono::seconds;
  on_a_new_thread([&] {
    CHECK_FALSE(erase_old_spare_keys(start));
    perform_some(JobKind::x25519_public_key, 1, start);
    perform_some(JobKind::p256_public_key, 1, start + seconds(3));
    CHECK(erase_old_spare_keys(start + seconds(4)) == start + longest_kept);
    const auto later = start + longest_kept + seconds(1);
    CHECK(erase_old_spare_keys(later) == start + seconds(3) + longest_kept);
    auto x25519 = blank(JobKind::x25519_public_key);
    CHECK_FALSE(take(JobKind::x25519_public_key, x25519, start));
    auto p256 = blank(JobKind::p256_public_key);
    CHECK(take(JobKind::p256_public_key, p256, later));
    CHECK_FALSE(erase_old_spare_keys(later + longest_kept));
  });
}

TEST_CASE("No keys are made ahead of fuller batches, of other kinds of jobs, or where that is left out",
          "[threads]") {
  on_a_new_thread([&] {
    auto x25519 = blank(JobKind::x25519_public_key);
    perform_some(JobKind::x25519_public_key, 3, start);
    CHECK_FALSE(take(JobKind::x25519_public_key, x25519, start));

    mailtap_shortcuts_left_out = MAILTAP_SHORTCUT_SPARE_KEYS;
    perform_some(JobKind::x25519_public_key, 1, start);
    CHECK_FALSE(take(JobKind::x25519_public_key, x25519, start));
    mailtap_shortcuts_left_out = 0;
    CHECK_FALSE(take(JobKind::x25519_public_key, x25519, start));

    Buffer x(32);
    const auto peer = by_libcrypto(JobKind::x25519_public_key, scalar());
    const auto key = scalar();
    Job agreement{.kind = JobKind::x25519_shared_secret, .private_key = key, .public_key = peer, .output = x};
    Job* const alone[] = {&agreement};
    CHECK_FALSE(perform_and_spare(alone, start));
    CHECK(agreement.status == JobStatus::done);
    CHECK_FALSE(take(JobKind::x25519_public_key, x25519, start));
  });
}
