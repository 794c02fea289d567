// What the user asked for, parsed and checked: the only form in which settings reach the rest.
//
//   command line (CLI11) --+
//                          +--> options.cpp: one table of every option --> cross_checks.cpp --> Settings
//   TOML file (toml++)  ---+
//
// The one entry is load_settings (check.h).
//
// config/ is also where the base types live that every folder uses (config/base/).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/alerts.h"
#include "config/endpoint.h"
#include "config/enums.h"
#include "config/route.h"

namespace mailtap::config {

/// How trace files are kept, of all routes.
struct TraceFiles {
  std::uint64_t max_file = std::uint64_t{64} << 20;  ///< bytes of a file
  milliseconds max_age{86'400'000};                  ///< of a file
  std::uint64_t max_total = std::uint64_t{1} << 30;  ///< bytes of a folder's trace files
  unsigned last = 0;  ///< only the last N connections, written on SIGUSR1 and at the end; 0: each
};

struct Settings {
  std::vector<Route> routes;
  unsigned workers = 1;  ///< load_settings: as many as CPUs may be used, unless given
  Cryptography crypto = Cryptography::automatic;
  unsigned max_connections = 0;  ///< in all; 0: as many as descriptors allow
  TraceFiles trace_files;
  Endpoint crl_listen;  ///< where the local CAs' CRLs are served; no host: nowhere
  std::string crl_url;  ///< http URL under which clients reach that; empty: by its own address
  std::string user;     ///< whom to go on as once the sockets are bound; empty: as it was started
  std::string group;    ///< empty: the user's
  bool core_dumps = false;
  Admin admin;
  Alerts alerts;
  /// `lang` of the command line or the file's top, else the first route's; empty: none is given. It is known
  /// of settings that are wrong, too, whose errors are told in it.
  std::string language;
  milliseconds drain{30'000};  ///< how long connections may go on after SIGTERM

  std::map<std::string, std::string, std::less<>> labels;  ///< as a route's
  bool misread = false;                                    ///< as a route's
  std::string label(std::string_view option) const;
};

}  // namespace mailtap::config
