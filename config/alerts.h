// What an admin is told of unasked, and where mailtap is watched.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "config/endpoint.h"
#include "config/enums.h"
#include "config/url.h"

namespace mailtap::config {

using std::chrono::milliseconds;

/// Where mailtap is watched: the live page, its API, metrics.
struct Admin {
  Endpoint listen;                 ///< no host: nowhere
  std::string token_file;          ///< empty: none, which only loopback may do without
  std::vector<std::string> hosts;  ///< names under which browsers reach it, besides addresses and localhost
  bool operator==(const Admin&) const = default;
};

/// What an admin is told of unasked (docs/alerts.md).
struct Alerts {
  std::vector<AlertKind> kinds{AlertKind::certificate_near_expiry, AlertKind::verdict_changed,
                               AlertKind::chain_changed, AlertKind::router_rejects};
  unsigned expiry_days = 30;
  unsigned rejections = 3;            ///< in a row
  milliseconds clear_after{600'000};  ///< since what was told of was last seen

  /// Run for each alert.
  struct Command {
    std::string program;  ///< its path; empty: none
    std::vector<std::string> arguments;
    milliseconds timeout{30'000};
  };
  Command command;

  /// Posted to for each alert.
  struct Webhook {
    std::optional<Url> url;                    ///< nothing: none
    milliseconds timeout{10'000};              ///< of an attempt
    std::vector<std::string> trust{"system"};  ///< https: files, folders or "system"
    std::string token_file;                    ///< empty: no Authorization
  };
  Webhook webhook;
};

}  // namespace mailtap::config
