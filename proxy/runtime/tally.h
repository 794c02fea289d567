// What a process saw, summed up for its end: servers with their verdicts, causes and what to do, those with
// most trouble first. Bounded, whatever clients and servers do.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "config/base/language.h"
#include "inspect/ending.h"
#include "inspect/watcher.h"
#include "proxy/terminal/table.h"

namespace mailtap::proxy {

/// Stands before another watcher, or alone.
class Tally final : public inspect::Watcher {
 public:
  static constexpr std::size_t max_servers = 1000;

  /// `next`: null, or outlives it.
  explicit Tally(inspect::Watcher* next) : next_(next) {}

  void opened(const inspect::ConnectionRecord& connection) override;
  void ended(inspect::ConnectionRecord connection) override;
  bool wants_messages() override;
  void batched(std::uint64_t operations, std::uint64_t batches) override;

  /// Lines, each ended by a newline; empty: nothing was seen.
  std::string text(const terminal::Style& style) const;

 private:
  struct Seen {
    std::uint64_t connections = 0;
    std::uint64_t failed = 0;
    std::uint64_t refused = 0;
    bool has_verdict = false;
    bool is_right = false;  ///< by the latest verdict
    std::string verdict;
    std::vector<unsigned> causes;
    std::string advice;
  };
  using Server = std::tuple<std::string, std::string, std::string>;  // route, address, name

  void count(const inspect::ConnectionRecord& connection);

  inspect::Watcher* const next_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  Language language_ = Language::english;  // of the route that was used last
  std::uint64_t connections_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t of_others_ = 0;  // connections to servers beyond the limit
  std::map<Server, Seen> servers_;
  std::map<inspect::Reason, std::uint64_t> failures_;
};

}  // namespace mailtap::proxy
