// mailtap-bench: what a proxied TLS connection costs, mailtap's beside its peers' in one run.
//
//   load client  ==TLS==>  proxy under test  ==TLS==>  upstream server
//
// Client and upstream are the same for every proxy (generator.h). What counts is the proxy's CPU time, which
// the kernel accounts to its processes alone; wall time and latency depend on who shares the cores. The
// proxies take turns within each round, so that a machine which grows slower does so for all; figures are
// medians of rounds.
#pragma once

#include <string>
#include <vector>

namespace mailtap::bench {

enum class Key { ecdsa, rsa };  ///< P-256; 2048 bits

/// What both legs do: the client offers, and the upstream accepts, nothing else.
struct Scenario {
  std::string name;
  int version;  ///< TLS1_2_VERSION or TLS1_3_VERSION
  Key key;
  bool resumed = false;  ///< both legs; else nobody keeps a session
  std::string crypto;    ///< mailtap's --crypto; empty: its choice. The peers know no such thing
};

/// All, in the order of the table.
std::vector<Scenario> scenarios();

}  // namespace mailtap::bench
