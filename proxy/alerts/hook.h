// What hooks have in common: alerts wait for their turn in a bounded queue, one is delivered at a time, and
// whatever becomes of them is counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "inspect/alerts/alert.h"
#include "inspect/writers/messages.h"

namespace mailtap::alerts {

/// An alert on its way out.
struct Delivery {
  Kind kind{};
  State state{};
  std::string json;  ///< without the newline
};

class HookQueue {
 public:
  static constexpr std::size_t max = 100;

  /// `name`: "command", "webhook".
  HookQueue(std::string name, const inspect::Messages& messages)
      : name_(std::move(name)), option_("alert-" + name_), messages_(messages) {}

  /// The oldest goes for it when there are too many: what is so now matters most.
  void put(Delivery delivery);
  std::optional<Delivery> next();
  bool empty() const { return waiting_.empty(); }
  /// None of them will be delivered.
  void drop_all();

  void delivered() { ++delivered_; }
  /// Given up, and why.
  void failed(const std::string& why);
  void warn(const std::string& text) const { messages_.warn(option_ + ": " + text); }
  void say(const std::string& text) const { messages_.say("mailtap: " + option_ + ": " + text); }

  /// From any thread.
  Stats::Hook stats() const;

 private:
  const std::string name_;
  const std::string option_;  // what messages call it
  const inspect::Messages& messages_;
  std::deque<Delivery> waiting_;
  bool told_of_full_ = false;  // once until it is empty again
  std::atomic<std::uint64_t> delivered_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace mailtap::alerts
