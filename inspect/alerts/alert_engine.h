// What is known of each upstream under each name, and what of it is told.
//
// Servers behind one name may show different certificates, and a router that polls sees now one, now the
// other. So every chain that was seen within `remembered` is known and no news, and what an alert tells of
// holds while one of the *current* chains has it: the latest, and those seen within `clear_after`.
//
// What is told follows what is so: if an alert has to wait (rate.h), it is told later if it is still true.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "inspect/alerts/alert.h"
#include "inspect/alerts/rate.h"
#include "inspect/alerts/sighting.h"

namespace mailtap::alerts {

struct AlertRules {
  std::set<Kind> kinds{std::begin(all_kinds), std::end(all_kinds)};
  unsigned expiry_days = 30;  ///< and again at 14, 7, 1 and 0 of those that are less
  unsigned rejections = 3;    ///< in a row, of one client
  std::chrono::milliseconds clear_after{600'000};

  std::size_t max_upstreams = 500;
  std::size_t max_chains = 8;    ///< of one upstream and name
  std::size_t max_clients = 16;  ///< that reject one upstream's certificate
  std::chrono::seconds remembered{86'400};
  Rate of_one{4, std::chrono::minutes{15}};  ///< of a kind, an upstream and a name; nothing clears too often
  Rate of_all{60, std::chrono::seconds{10}};
};

/// Not thread-safe. Times are to go forward; one that doesn't only makes things take longer.
class AlertEngine {
 public:
  explicit AlertEngine(AlertRules how) : how_(std::move(how)), of_all_(how_.of_all) {}

  /// What is known stays known; alerts of kinds that are no longer wanted are over untold.
  void set(AlertRules how);
  /// Forgets the upstreams of all other routes.
  void keep_routes(const std::set<std::string>& routes);

  std::vector<Alert> see(const Sighting& sighting, Clock::time_point now);
  /// The passing of time, to be told of about once a minute.
  std::vector<Alert> tick(Clock::time_point now);

  std::vector<Stats::Active> active() const;
  /// Clients that have rejected a certificate and not accepted one since.
  std::set<std::string> rejecting() const;
  /// Alerts that had to wait; upstreams that had to go for others.
  std::uint64_t held_back() const { return held_back_; }
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  struct Chain {
    std::string id;  ///< its fingerprints
    Shown shown;
    Opinion opinion;
    std::string advice;
    Clock::time_point seen;
    bool told = false;
  };
  struct Client {
    Rejection rejection;
    std::string advice;
    Clock::time_point seen;
    bool told = false;
  };
  /// Of one kind.
  struct Telling {
    explicit Telling(Rate rate) : bucket(rate) {}
    Bucket bucket;
    bool waits = false;
    unsigned held_back = 0;
  };
  using Key = std::tuple<std::string, std::string, std::string>;  ///< route, upstream, name
  struct Upstream {
    explicit Upstream(Rate rate) : telling{Telling(rate), Telling(rate), Telling(rate), Telling(rate)} {}
    Clock::time_point seen;
    Language language = Language::english;
    std::vector<Chain> chains;  ///< the latest seen last; never empty
    std::array<Telling, std::size(all_kinds)> telling;
    Chain told_chain;
    Opinion told_opinion;
    std::vector<Opinion> told_opinions;  ///< since the verdict was last acceptable
    bool verdict_raised = false;
    unsigned told_threshold = 0;  ///< how many of thresholds() were crossed when it was told last; 0: none
    std::map<std::string, Client> clients;
    bool rejects_raised = false;
  };
  /// What is being told, and to whom it is added.
  struct Round;

  Upstream& upstream_of(const Key& key, Clock::time_point now);
  void note_chain(Upstream& upstream, const Sighting& sighting, Clock::time_point now) const;
  void note_reaction(Upstream& upstream, const Sighting& sighting, Clock::time_point now) const;
  void forget_old(Upstream& upstream, Clock::time_point now);
  void tell(Round& round);
  void tell_chains(Round& round);
  void tell_expiry(Round& round);
  void tell_verdict(Round& round);
  void tell_router(Round& round);
  bool may(Round& round, Kind kind);
  Alert& add(Round& round, Kind kind, State state);
  bool is_current(const Upstream& upstream, const Chain& chain, Clock::time_point now) const;
  /// Of a certificate that lives so long: a short-lived one isn't near its end with a third of its life left.
  std::vector<unsigned> thresholds(long life_days) const;

  AlertRules how_;
  Bucket of_all_;
  std::map<Key, Upstream> upstreams_;
  std::uint64_t held_back_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace mailtap::alerts
