// A day's connections to one server, and what the alert engine says of each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/verify/verdict.h"
#include "inspect/alerts/alert_engine.h"

namespace mailtap::testing {

using namespace std::chrono_literals;

inline constexpr std::chrono::days day{1};

inline alerts::Clock::time_point noon() {
  return std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h;
}

/// A certificate as a server may show it.
struct Server {
  std::string leaf = "aa11";
  std::string key = "key1";
  std::string issuer = "CN=Contoso CA";
  std::vector<certs::Fault> faults{};
  bool name_matches = true;
  Time ends = std::chrono::floor<std::chrono::seconds>(noon()) + std::chrono::days{400};
  std::string intermediate = "ca01";
};

inline std::shared_ptr<const certs::Verdict> verdict_on(const Server& server,
                                                        const std::string& name = "mail.contoso.com") {
  auto verdict = std::make_shared<certs::Verdict>();
  for (const auto fault : server.faults) verdict->findings.push_back({fault, 0, "expired on 2026-11-22"});
  verdict->name_matches = server.name_matches;
  verdict->name_checked = name;
  verdict->names = {"mail.contoso.com"};
  verdict->spki_sha256 = server.key;
  verdict->path = {0, 1};
  const Time begin = std::chrono::floor<std::chrono::seconds>(noon()) - std::chrono::days{100};
  verdict->chain = {
      {"CN=mail.contoso.com", server.issuer, "01", begin, server.ends, "RSA 2048", "", server.leaf, {}},
      {server.issuer,
       "CN=Root",
       "02",
       begin,
       begin + std::chrono::days{4000},
       "",
       "",
       server.intermediate,
       {}}};
  if (!server.faults.empty())
    verdict->advice =
        "A certificate of the chain has ended (expired on 2026-11-22, 1 day ago): renew it on the server.";
  return verdict;
}

class Transcript {
 public:
  explicit Transcript(alerts::AlertRules how = {}) : keeper(std::move(how)) {}

  /// A connection that ends now; what is told of it: "verdict-changed raised, ...", or "".
  std::string sees(const Server& server, inspect::ReactionKind reaction = inspect::ReactionKind::accepted,
                   const std::string& client = "192.0.2.7") {
    alerts::Sighting sighting;
    sighting.connection = ++connections;
    sighting.route = route;
    sighting.upstream = "10.0.0.5:443";
    sighting.client = client;
    sighting.verdict = verdict_on(server, name);
    sighting.reaction = reaction;
    if (reaction == inspect::ReactionKind::rejected) sighting.alert = 48;
    return noted(keeper.see(sighting, now));
  }
  std::string rejected_by(const std::string& client, const Server& server = {}) {
    return sees(server, inspect::ReactionKind::rejected, client);
  }
  std::string accepted_by(const std::string& client, const Server& server = {}) {
    return sees(server, inspect::ReactionKind::accepted, client);
  }
  std::string after(std::chrono::seconds time) {
    now += time;
    return noted(keeper.tick(now));
  }

  alerts::AlertEngine keeper;
  alerts::Clock::time_point now = noon();
  std::vector<alerts::Alert> told;  ///< all
  std::string route = "exchange";
  std::string name = "mail.contoso.com";
  std::uint64_t connections = 0;

 private:
  std::string noted(const std::vector<alerts::Alert>& alerts) {
    std::string text;
    for (const auto& alert : alerts) {
      text += (text.empty() ? "" : ", ") + std::string(to_string(alert.kind)) + " " +
              std::string(to_string(alert.state));
      told.push_back(alert);
    }
    return text;
  }
};

}  // namespace mailtap::testing
