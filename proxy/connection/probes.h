// Connections of mailtap's own that get what an observed handshake hides: the server's certificate. Never in
// the way: nobody's bytes wait for one; one at a time for the same server and name; what it got is
// remembered.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "proxy/net/network.h"
#include "proxy/probe/probe.h"

namespace mailtap::passthrough {

/// What was found out of a server.
struct Probed {
  std::vector<Buffer> chain;  ///< DER, leaf first; empty: none was got
  std::string problem;        ///< why none was got
};
using ProbedPtr = std::shared_ptr<const Probed>;

/// One thread uses it.
class Probes {
 public:
  struct Question {
    net::Address address;  ///< of the very server that the connection goes to
    check::Starttls starttls = check::Starttls::none;
    std::string sni;            ///< as the client sent it; empty: none
    std::uint16_t version = 0;  ///< 0: TLS 1.2 and 1.3; else the only one offered
    config::ProxyVersion proxy_protocol = config::ProxyVersion::none;  ///< as the route sends it
  };
  using Answer = std::function<void(const ProbedPtr& probed)>;

  explicit Probes(const net::Network& network) : network_(network) {}
  ~Probes();
  Probes(const Probes&) = delete;
  Probes& operator=(const Probes&) = delete;

  /// Answers from within the call when it knows, or can't find out. `owner` can take the question back.
  void ask(const Question& question, const void* owner, Answer answer);
  void forget(const void* owner);
  /// Ends what is under way, unanswered, so that the loop can end.
  void stop();

 private:
  static constexpr std::chrono::milliseconds timeout{5'000};
  static constexpr std::chrono::milliseconds lifetime{300'000};
  static constexpr std::chrono::milliseconds lifetime_of_failure{30'000};
  static constexpr std::size_t most_kept = 256;
  static constexpr std::size_t most_at_once = 8;

  using Key = std::tuple<std::string, check::Starttls, std::string, std::uint16_t, config::ProxyVersion>;
  struct Waiting {
    const void* owner;
    Answer answer;
  };
  struct Entry {
    ProbedPtr probed;                     // null: nothing is known yet
    std::uint64_t expires = 0;            // loop time, ms
    std::unique_ptr<check::Probe> probe;  // null: none is under way
    std::vector<Waiting> waiting;
  };
  void begin(const Key& key, Entry& entry, const Question& question);
  void finished(const Key& key, check::ProbeResult result);
  void make_room();

  const net::Network network_;
  std::map<Key, Entry> entries_;
  std::vector<std::unique_ptr<check::Probe>> ended_;  // whose callback may still be on the stack
  std::size_t under_way_ = 0;
};

}  // namespace mailtap::passthrough
