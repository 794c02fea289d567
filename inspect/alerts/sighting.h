// What an ended connection says of its upstream, and on the worker's side what needn't be said again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "inspect/alerts/alert.h"
#include "inspect/alerts/rate.h"

namespace mailtap::certs {
struct Verdict;  // certs/verify/verdict.h
}
namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::alerts {

struct Sighting {
  std::uint64_t connection = 0;
  std::string route;
  std::string upstream;
  std::string client;                             ///< its address, without the port
  std::shared_ptr<const certs::Verdict> verdict;  ///< never null
  inspect::ReactionKind reaction = inspect::ReactionKind::unknown;
  std::optional<int> alert;
  std::string reaction_advice;
  Language language = Language::english;  ///< of what is told, as the route has it
};

/// True if the client refused the certificate that it was shown; other alerts and silence may mean anything.
bool is_rejection(inspect::ReactionKind reaction);
/// "192.0.2.7" of "192.0.2.7:51234", "2001:db8::1" of "[2001:db8::1]:443".
std::string_view host_of(std::string_view address);

/// Whose acceptance is news: clients that have rejected a certificate. A filter that may say yes for others
/// too. Any thread asks, one sets.
class Rejecting {
 public:
  template <class Clients>
  void set(const Clients& clients) {
    std::array<std::uint64_t, words> bits{};
    for (const auto& client : clients) bits[bit_of(client) / 64] |= std::uint64_t{1} << (bit_of(client) % 64);
    for (std::size_t i = 0; i < words; ++i) bits_[i].store(bits[i], std::memory_order_relaxed);
  }
  bool may_include(std::string_view client) const;

 private:
  static constexpr std::size_t words = 8;
  static std::size_t bit_of(std::string_view client) {
    return std::hash<std::string_view>()(client) % (words * 64);
  }
  std::array<std::atomic<std::uint64_t>, words> bits_{};
};

/// What was said last of each upstream, by hashes: two upstreams that share a place only say more than they
/// had to. Any thread.
class Latest {
 public:
  bool is(std::size_t upstream, std::size_t what) const {
    return places_[upstream % places].load(std::memory_order_relaxed) == what;
  }
  void set(std::size_t upstream, std::size_t what) {
    places_[upstream % places].store(what, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t places = 1024;
  std::array<std::atomic<std::size_t>, places> places_{};
};

/// Of all workers.
struct SharedDeduplicator {
  Rejecting rejecting;
  Latest latest;
};

/// At steady state a connection costs a few hashes: the same verdict on the same upstream is said once a
/// minute, and one that takes the place of another as long as that isn't often. One for each worker.
class Deduplicator {
 public:
  static constexpr std::chrono::seconds again_after{60};

  explicit Deduplicator(SharedDeduplicator& shared) : shared_(shared) {}

  /// What `connection`, which has ended at `now`, has to say; nothing, if it isn't new.
  std::optional<Sighting> pass(const inspect::ConnectionRecord& connection, Clock::time_point now);

 private:
  static constexpr std::size_t max = 256;
  /// Servers that take turns behind one name, by all of a worker's connections.
  static constexpr Rate rate_of_turns{32, std::chrono::milliseconds{100}};
  /// Held, so that another verdict can't get the address of one that is gone.
  struct Said {
    std::shared_ptr<const certs::Verdict> verdict;
    std::size_t content = 0;  ///< a hash of the chain and what is said of it
    Clock::time_point at;
  };

  SharedDeduplicator& shared_;
  std::unordered_map<std::size_t, Said> said_;  // by upstream and verdict
  Bucket turns_{rate_of_turns};
};

}  // namespace mailtap::alerts
