// What is counted, in Prometheus's text format (docs/admin.md has the list).
//
// The number of series is bounded: routes, reasons, faults and reactions are fixed lists; upstreams are those
// that the hub keeps. Nothing names the instance: the scraper adds that.
#pragma once

#include <memory>
#include <string>

#include "inspect/alerts/alert.h"
#include "proxy/admin/hub.h"

namespace mailtap::admin {

/// What is known elsewhere, at the moment of a scrape.
struct Gauges {
  std::uint64_t open_connections = 0;
  std::uint64_t max_connections = 0;
  std::uint64_t records_dropped = 0;
  std::uint64_t log_lines_lost = 0;
  std::uint64_t streams = 0;
  std::uint64_t stream_gaps = 0;
  std::uint64_t crypto_operations = 0;  ///< batched, and in how many batches
  std::uint64_t crypto_batches = 0;
  alerts::Stats alerts{};
};

class Metrics {
 public:
  /// `version`: "0.1.0"; `cryptography`: what computes below TLS.
  Metrics(const std::string& version, const std::string& cryptography);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void ended(const inspect::ConnectionRecord& connection);
  std::string text(const Hub& hub, const Gauges& gauges) const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace mailtap::admin
