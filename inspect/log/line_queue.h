// Lines on their way from the workers to the thread that writes them. Bounded, and never waits for room.
//
// Two bounds: exchanges, whose number a peer chooses, have one of their own, so that they never push out what
// is written once for each connection. What is too much is taken from the route that has the most of it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailtap::inspect {

/// Thread-safe.
class LineQueue {
 public:
  enum class Kind { exchange, other };
  struct Line {
    std::string text;
    std::uint32_t route;  ///< see route_name()
    std::uint64_t order;
  };
  using Losses = std::map<std::uint32_t, std::uint64_t>;  ///< lines, by route
  struct Taken {
    std::vector<Line> lines;  ///< in the order in which they were put in
    Losses lost;              ///< since the last time
  };

  /// So many lines of either kind.
  explicit LineQueue(std::size_t bound) : bound_(bound) {}

  /// `route`: empty if it is no route's.
  void put(Kind kind, std::string text, std::string_view route);
  /// Has take() return, even with nothing.
  void wake();
  /// No more lines: take() returns nothing once it has returned all.
  void end();
  /// Waits for something to do. Nothing: it has ended.
  std::optional<Taken> take();

  std::string route_name(std::uint32_t route) const;
  std::uint64_t lost() const;

 private:
  std::uint32_t number_of(std::string_view route);
  void lose(const Line& line);

  const std::size_t bound_;
  mutable std::mutex mutex_;
  std::condition_variable waiting_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<std::string> names_;
  std::deque<Line> others_;
  std::vector<std::deque<Line>> exchanges_;  // by route
  std::size_t exchange_count_ = 0;
  std::uint64_t next_order_ = 0;
  Losses losses_;
  std::uint64_t lost_ = 0;
  bool woken_ = false;
  bool ended_ = false;
  bool is_waiting_ = false;
};

}  // namespace mailtap::inspect
