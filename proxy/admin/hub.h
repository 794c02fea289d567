// What the admin endpoint knows: the latest connections, those that are open, each upstream, counts over
// time.
//
//   worker --Feed--> Hub --+--> api_json.h: JSON for the page and for programs
//                          +--> Metrics: Prometheus's text
//
// Everything is bounded, whatever clients and servers do. One thread uses it; no I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "inspect/ending.h"
#include "inspect/verdict_facts.h"
#include "proxy/admin/series.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::admin {

using ConnectionPtr = std::shared_ptr<const inspect::ConnectionRecord>;

/// Whether an admin should look at it: a certificate that isn't right, a router that refuses, an ending that
/// isn't routine.
bool is_notable(const inspect::ConnectionRecord& connection);
using inspect::expiry_of;

/// How a server is, the worst first.
enum class Health {
  down,      ///< its latest connection couldn't be made, or it didn't get through its handshake
  faulty,    ///< its certificate isn't trusted, or isn't for the name
  refused,   ///< the client refuses the certificate that it is shown for it
  expiring,  ///< all is well, but not for long
  unknown,   ///< no certificate was seen
  well,
};
std::string_view to_string(Health health);

/// A server as a route reaches it under one name.
struct Upstream {
  std::uint64_t number = 0;  ///< from 1 on, of this process: what the API names it by
  std::string route;
  std::string address;  ///< HOST:PORT as configured
  std::string name;     ///< the configured name; empty: no certificate was seen yet

  std::uint64_t connections = 0;
  std::uint64_t failed = 0;
  std::uint64_t refused = 0;
  bool is_down = false;     ///< the latest connection
  bool is_refused = false;  ///< the latest whose client reacted to what it was shown
  std::chrono::system_clock::time_point last_seen;
  ConnectionPtr with_verdict;  ///< the latest with a certificate; null: none
  ConnectionPtr last_failure;  ///< the latest whose ending wasn't routine; null: none
  ConnectionPtr last_refused;  ///< the latest whose client refused; null: none

  Health health() const;
};

class Hub {
 public:
  struct Limits {
    std::size_t recent = 1000;
    std::size_t notable = 1000;
    std::size_t open = 1000;
    std::size_t upstreams = 200;
  };

  Hub() : Hub(Limits{}) {}
  explicit Hub(Limits limits) : limits_(limits) {}

  /// Both answer what the connection has become, to be held by others too.
  ConnectionPtr opened(inspect::ConnectionRecord connection);
  ConnectionPtr ended(inspect::ConnectionRecord connection, std::chrono::sys_seconds now);
  /// Something was lost on the way here: which connections are open isn't known any more.
  void lost() { open_.clear(); }

  /// Newest last.
  const std::deque<ConnectionPtr>& recent() const { return recent_; }
  /// Those of note, which many good ones don't push out.
  const std::deque<ConnectionPtr>& notable() const { return notable_; }
  /// By their numbers; those beyond the limit aren't known.
  const std::map<std::uint64_t, ConnectionPtr>& open() const { return open_; }
  /// Null: it isn't known, any more or yet.
  ConnectionPtr find(std::uint64_t id) const;

  /// Null: there is none of that number, any more or yet.
  const Upstream* upstream(std::uint64_t number) const;

  using UpstreamKey = std::tuple<std::string, std::string, std::string>;
  const std::map<UpstreamKey, Upstream>& upstreams() const { return upstreams_; }
  /// How many had to go for others.
  std::uint64_t upstreams_forgotten() const { return upstreams_forgotten_; }

  /// The last fifteen minutes by the second, the last hour by the minute, the last day by ten minutes, the
  /// last thirty days by the hour: less than a megabyte.
  Series& minutes() { return minutes_; }
  Series& hour() { return hour_; }
  Series& day() { return day_; }
  Series& month() { return month_; }
  const Counts& totals() const { return totals_; }
  /// How many ended for each reason.
  const std::map<inspect::Reason, std::uint64_t>& endings() const { return endings_; }

 private:
  Upstream& upstream_of(const inspect::ConnectionRecord& connection);

  const Limits limits_;
  std::deque<ConnectionPtr> recent_;
  std::deque<ConnectionPtr> notable_;
  std::map<std::uint64_t, ConnectionPtr> open_;
  std::map<UpstreamKey, Upstream> upstreams_;
  std::uint64_t upstreams_forgotten_ = 0;
  std::uint64_t upstreams_seen_ = 0;
  Series minutes_{std::chrono::seconds{1}, 900};
  Series hour_{std::chrono::minutes{1}, 60};
  Series day_{std::chrono::minutes{10}, 144};
  Series month_{std::chrono::hours{1}, 720};
  Counts totals_;
  std::map<inspect::Reason, std::uint64_t> endings_;
};

}  // namespace mailtap::admin
