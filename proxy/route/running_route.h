// A route as it runs: its settings and everything that was made from them.
#pragma once

#include <memory>
#include <string>

#include "certs/model/identity_ptr.h"
#include "certs/verify/question.h"
#include "config/settings.h"
#include "config/values.h"
#include "inspect/log/log_writer.h"
#include "inspect/tap.h"
#include "inspect/trace/trace_writer.h"
#include "proxy/ingress/sni_table.h"
#include "proxy/route/limits.h"
#include "proxy/route/pin_file.h"
#include "proxy/route/policy.h"
#include "tls/session.h"
#include "tls/sessions/tickets.h"

namespace mailtap::certs {
class Presenter;
class TrustStore;
}  // namespace mailtap::certs

namespace mailtap::proxy {

/// Made before its listener opens, on start and on reload. Shared by all workers and by the connections that
/// began under it; nothing in it changes but the counts and the ticket keys' rotation, which lock themselves.
struct RunningRoute {
  config::Route settings;
  std::string address;  ///< where it listens, with the port that the kernel chose
  std::shared_ptr<const certs::TrustStore> trust;
  std::shared_ptr<certs::Presenter> presenter;  ///< null: observed
  certs::IdentityPtr client_identity;
  std::string client_subject;  ///< of client_identity
  std::shared_ptr<tls::TicketKeys> tickets;
  std::shared_ptr<inspect::LogWriter> log;
  std::shared_ptr<const inspect::Pseudonyms> pseudonyms;
  std::shared_ptr<inspect::RouteMemory> memory;
  certs::Language language;
  tls::KeylogSink keylog;
  std::shared_ptr<trace::TraceWriter> traces;  ///< null: nothing is recorded
  trace::CaptureSettings capture;
  Policy policy;
  ingress::SniTable names{{}};        ///< by which upstreams are chosen; empty: there is one
  std::shared_ptr<PinFile> pin_file;  ///< null: none
  mutable CountLimit connections{0};
  mutable SourceLimit sources{0};

  RunningRoute(const config::Route& route)
      : settings(route),
        language(config::language_for(route.language)),
        policy{route.require_trusted, route.pins, !route.pin_file.empty(),
               route.present != config::Presentation::mirror},
        connections(route.max_connections),
        sources(route.max_connections_per_source) {}
};
using RunningRoutePtr = std::shared_ptr<const RunningRoute>;

/// What writes files for all routes.
struct Writers {
  explicit Writers(const inspect::Messages& messages) : logs(messages), pins(messages), traces(messages) {}
  inspect::LogWriters logs;
  PinFiles pins;
  trace::TraceWriters traces;
};

/// Reads every file that the route names, and opens none to write. `previous`: the same route before a
/// reload, whose ticket keys go on so that clients resume across it; null at start. `published_at`: see
/// certs::Presenter::make.
Result<std::shared_ptr<RunningRoute>> start_route(const config::Route& route, const std::string& published_at,
                                                  const RunningRoute* previous);
/// The ticket keys in a file; an error names it, and says if others may read it.
Result<std::shared_ptr<tls::TicketKeys>> read_ticket_keys(const std::string& file);
/// The bounds of trace files, for all folders.
trace::WriterSettings trace_bounds(const config::TraceFiles& files);
/// Opens what the route writes: log, keys, pins and traces. A pin file that is in use already is read again,
/// and what was read doesn't hold before PinFiles::adopt().
Result<void> open_route_outputs(RunningRoute& running, Writers& writers, const config::TraceFiles& bounds);

}  // namespace mailtap::proxy
