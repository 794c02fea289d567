// mailtap and its peers, each with a generated configuration that does the same job: TLS accepted on
// loopback, TLS to the upstream with its certificate verified, connections logged.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/tool/child.h"
#include "bench/tool/event_reader.h"
#include "bench/tool/material.h"

namespace mailtap::bench {

using Binaries = std::map<std::string, std::string>;  ///< by the peer's name

struct Terms {
  const Scenario& scenario;
  const Material& material;
  std::uint16_t upstream_port;
  unsigned workers = 1;
  bool peers_verify = true;         ///< the upstream's certificate; mailtap's verdict always does
  std::string mailtap;              ///< the binary
  std::string other{};              ///< another build of it, for "mailtap-other"
  Binaries binaries{};              ///< of peers, where they aren't what PATH has
  std::string present = "own";      ///< mailtap's --present
  std::string protocol = "raw";     ///< mailtap's --protocol: the peers read nothing of what they relay
  bool observe = false;             ///< TLS passes through: mailtap in mode observe, the peers as TCP relays
  std::vector<std::string> wrap{};  ///< what the proxy's command is prefixed with (valgrind)
};

struct Contestant {
  std::string name;
  std::uint16_t port;
  Child process;
  std::unique_ptr<EventReader> events;  ///< mailtap-admin's; ends first
};

/// "haproxy", "nginx", "stunnel", and mailtap itself: "mailtap-raw" reads nothing, to see what reading costs,
/// "mailtap-admin" is watched, to see what that costs, "mailtap-two" has twice the workers, to see what
/// sharing out costs, and "mailtap-other" is another build, to see what a change does.
bool is_mailtap(const std::string& name);
std::string binary_of(const std::string& name, const Terms& terms);

/// Started and accepting.
Result<Contestant> start_contestant(const std::string& name, const Terms& terms);

}  // namespace mailtap::bench
