// Probes for a worker's connections: one at a time for the same server, name and hello, and what it got is
// remembered.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "proxy/connection/prober.h"
#include "proxy/net/network.h"
#include "proxy/probe/probe.h"

namespace mailtap::proxy {

/// One thread uses it.
class Probes final : public Prober {
 public:
  explicit Probes(const net::Network& network) : network_(network) {}
  ~Probes() override;
  Probes(const Probes&) = delete;
  Probes& operator=(const Probes&) = delete;

  void ask(const Question& question, const void* owner, Answer answer) override;
  void forget(const void* owner) override;
  /// Ends what is under way, unanswered, so that the loop can end.
  void stop();

 private:
  static constexpr std::chrono::milliseconds timeout{5'000};
  static constexpr std::chrono::milliseconds lifetime{300'000};
  static constexpr std::chrono::milliseconds lifetime_of_failure{30'000};
  /// What a server says to a hello: where it doesn't agree, somebody may be about to change that.
  static constexpr std::chrono::milliseconds lifetime_of_terms{900'000};
  static constexpr std::chrono::milliseconds lifetime_of_refusal{60'000};
  static constexpr std::size_t max_kept = 256;
  static constexpr std::size_t max_at_once = 8;
  /// Hellos that are played leave room for certificates, which are asked for at the same servers.
  static constexpr std::size_t max_trials_at_once = 4;

  using Key = std::tuple<std::string, std::optional<config::Protocol>, std::string, std::uint16_t,
                         config::ProxyVersion, std::string>;
  struct Waiting {
    const void* owner;
    Answer answer;
  };
  struct Entry {
    ProbedPtr probed;                     // null: nothing is known yet
    std::uint64_t expires = 0;            // loop time, ms
    tls::offer::OfferPtr offer;           // null: a certificate is asked for
    std::unique_ptr<probe::Probe> probe;  // null: none is under way
    std::vector<Waiting> waiting;
  };
  bool begin(const Key& key, Entry& entry, const Question& question);
  void finished(const Key& key, probe::ProbeResult result);
  void trial_finished(Entry& entry, probe::ProbeResult result);
  void make_room();
  bool is_busy(const Question& question) const;

  const net::Network network_;
  std::map<Key, Entry> entries_;
  std::vector<std::unique_ptr<probe::Probe>> ended_;  // whose callback may still be on the stack
  std::size_t under_way_ = 0;
  std::size_t trials_under_way_ = 0;
};

}  // namespace mailtap::proxy
