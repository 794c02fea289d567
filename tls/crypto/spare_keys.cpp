#include "tls/crypto/spare_keys.h"

#include <algorithm>
#include <array>

#include <string.h>

#include "config/base/random.h"
#include "tls/crypto/backend.h"
#include "tls/crypto/libcrypto.h"
#include "tls/crypto/multibuffer.h"
#include "tls/crypto/shortcuts.h"

namespace mailtap::crypto {

namespace {

/// Fuller batches are those of a busy worker, whose next ones are full by themselves.
constexpr std::size_t most_jobs = 2;
constexpr std::size_t most_spares = batch_size - 1;
constexpr std::size_t private_size = 32;

/// A private key of either kind, uniform among all that there are.
bool make_private_key(JobKind kind, MutableBytes key) {
  if (kind == JobKind::x25519_public_key) {  // RFC 7748 section 5
    if (!random_bytes(key)) return false;
    key[0] &= 0xf8;
    key[private_size - 1] = (key[private_size - 1] & 0x7f) | 0x40;
    return true;
  }
  do
    if (!random_bytes(key)) return false;
  while (!libcrypto::ec_scalar_in_range(libcrypto::Curve::p256, key));
  return true;
}

/// Of one thread and kind of key.
class SpareKeys {
 public:
  SpareKeys(JobKind kind, std::size_t public_size) : kind_(kind), public_size_(public_size) {}
  ~SpareKeys() { forget(); }
  SpareKeys(const SpareKeys&) = delete;
  SpareKeys& operator=(const SpareKeys&) = delete;

  bool empty(SpareClock::time_point now) {
    if (count_ > 0 && now - made_ > longest_kept) forget();
    return count_ == 0;
  }
  /// False: there are none.
  bool make_beside(std::span<Job* const> jobs, SpareClock::time_point now);
  bool take(MutableBytes private_key, MutableBytes public_key);
  /// While there are any.
  SpareClock::time_point end() const { return made_ + longest_kept; }

 private:
  struct Pair {
    std::array<std::uint8_t, private_size> private_key;
    std::array<std::uint8_t, 2 * private_size> public_key;
  };
  void forget() {
    ::explicit_bzero(pairs_.data(), sizeof(pairs_));
    count_ = 0;
  }

  JobKind kind_;
  std::size_t public_size_;
  std::array<Pair, most_spares> pairs_{};
  std::size_t count_ = 0;
  SpareClock::time_point made_;
};

bool SpareKeys::make_beside(std::span<Job* const> jobs, SpareClock::time_point now) {
  std::array<Job, most_spares> spares{};
  std::array<Job*, batch_size> together{};
  std::ranges::copy(jobs, together.begin());
  const auto fills = batch_size - jobs.size();
  for (std::size_t i = 0; i < fills; ++i) {
    auto& pair = pairs_[i];
    if (!make_private_key(kind_, pair.private_key)) {
      forget();
      perform_batch(jobs);
      return false;
    }
    spares[i] = {.kind = kind_,
                 .private_key = pair.private_key,
                 .output = MutableBytes(pair.public_key).first(public_size_)};
    together[jobs.size() + i] = &spares[i];
  }
  multibuffer::perform(together);
  const bool all_done = std::all_of(spares.begin(), spares.begin() + static_cast<std::ptrdiff_t>(fills),
                                    [](const Job& job) { return job.status == JobStatus::done; });
  if (!all_done) {
    forget();
    return false;
  }
  count_ = fills;
  made_ = now;
  return true;
}

bool SpareKeys::take(MutableBytes private_key, MutableBytes public_key) {
  if (private_key.size() != private_size || public_key.size() != public_size_) return false;
  auto& pair = pairs_[--count_];
  std::ranges::copy(pair.private_key, private_key.begin());
  std::copy_n(pair.public_key.begin(), public_size_, public_key.begin());
  ::explicit_bzero(&pair, sizeof(pair));
  return true;
}

/// Of this thread.
struct All {
  SpareKeys x25519{JobKind::x25519_public_key, private_size};
  SpareKeys p256{JobKind::p256_public_key, 2 * private_size};
};

All& all_spare_keys() {
  thread_local All all;
  return all;
}

/// Null: of this kind there are no spare keys.
SpareKeys* spare_keys(JobKind kind) {
  if (!mailtap_takes_shortcut(MAILTAP_SHORTCUT_SPARE_KEYS)) return nullptr;
  if (kind == JobKind::x25519_public_key) return &all_spare_keys().x25519;
  return kind == JobKind::p256_public_key ? &all_spare_keys().p256 : nullptr;
}

}  // namespace

bool perform_and_spare(std::span<Job* const> jobs, SpareClock::time_point now) {
  if (!jobs.empty() && jobs.size() <= most_jobs && backend() == Backend::multibuffer) {
    auto* const spares = spare_keys(jobs.front()->kind);
    if (spares != nullptr && spares->empty(now)) return spares->make_beside(jobs, now);
  }
  perform_batch(jobs);
  return false;
}

bool take_spare_key(JobKind kind, MutableBytes private_key, MutableBytes public_key,
                    SpareClock::time_point now) {
  auto* const spares = spare_keys(kind);
  return spares != nullptr && !spares->empty(now) && spares->take(private_key, public_key);
}

std::optional<SpareClock::time_point> erase_old_spare_keys(SpareClock::time_point now) {
  std::optional<SpareClock::time_point> next;
  for (auto* const spares : {&all_spare_keys().x25519, &all_spare_keys().p256})
    if (!spares->empty(now)) next = std::min(next.value_or(spares->end()), spares->end());
  return next;
}

}  // namespace mailtap::crypto
