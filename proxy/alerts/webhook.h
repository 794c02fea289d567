// A URL that each alert is posted to as JSON, over TLS or not: one at a time, tried a few times with pauses,
// no redirects, bounded in time and size.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/alerts.h"
#include "proxy/alerts/hook.h"
#include "proxy/http/client.h"

namespace mailtap::alerts {

class Webhook {
 public:
  struct Settings {
    config::Url url;
    std::chrono::milliseconds timeout{10'000};       ///< of one attempt
    std::shared_ptr<const certs::TrustStore> trust;  ///< https: whom to believe
    std::string token;                               ///< Authorization: Bearer; empty: none
  };

  /// `idle` is called whenever nothing is left to do, never from within a call of put().
  Webhook(const net::Network& network, const inspect::Messages& messages, std::function<void()> idle);
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  /// From the next attempt on. Nothing: what waits is dropped.
  void set(std::optional<Settings> settings);
  void put(const Delivery& delivery);
  bool is_idle() const { return !current_ && queue_.empty(); }
  /// Takes back what is under way, and drops what waits.
  void stop();
  Stats::Hook stats() const { return queue_.stats(); }

 private:
  /// Pauses before the second attempt and those after it; then it is given up.
  static constexpr std::chrono::seconds pauses[] = {std::chrono::seconds{1}, std::chrono::seconds{5},
                                                    std::chrono::seconds{25}};
  static constexpr std::size_t max_answer = std::size_t{64} * 1024;

  void go_on();
  void post();
  void answered(Result<http::Answer> response);

  const net::Network network_;
  HookQueue queue_;
  std::function<void()> idle_;
  std::optional<Settings> settings_;
  std::optional<Delivery> current_;  // nothing: none is under way
  std::size_t attempts_ = 0;         // of current_ that have failed
  std::unique_ptr<http::Client> fetch_;
  net::Timer next_;  // the next attempt, or the next alert, when nothing of the last is on the stack
};

/// Reads the files that the settings name.
Result<std::optional<Webhook::Settings>> prepare_webhook(const config::Alerts::Webhook& wanted);

}  // namespace mailtap::alerts
