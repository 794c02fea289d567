#include "proxy/running_route.h"

#include "proxy/keylog_file.h"

namespace mailtap::proxy {

namespace {

template <class T>
Result<void> keep(Result<T> made, T& into) {
  if (!made) return tl::unexpected(made.error());
  into = std::move(*made);
  return {};
}

Result<void> start_tracing(const config::Route& route, Writers& writers, RunningRoute& running) {
  running.capture.snap_length = route.trace.snap_length;
  running.capture.secrets = route.trace.secrets;
  auto filter = trace::Filter::parse(route.trace.only);
  if (!filter) return fail(route.label("trace-only") + ": " + filter.error().message);
  running.capture.filter = std::move(*filter);
  trace::WriterSettings settings;
  settings.folder = route.trace.folder;
  settings.max_file = writers.trace_files.max_file;
  settings.max_age = std::chrono::ceil<std::chrono::seconds>(writers.trace_files.max_age);
  settings.max_total = writers.trace_files.max_total;
  settings.last = writers.trace_files.last;
  return keep(writers.traces.get(settings), running.traces);
}

}  // namespace

Result<std::shared_ptr<RunningRoute>> start_route(const config::Route& route, const std::string& published_at,
                                                  const RunningRoute* previous) {
  auto running = std::make_shared<RunningRoute>(route);
  running->names = arrival::SniTable(route.insertion.sni_routes);
  Result<void> ok = keep(certs::TrustStore::load(route.trust, route.crl), running->trust);
  if (ok) ok = keep(certs::Presenter::make(route, published_at), running->presenter);
  if (ok && !route.client_cert.empty())
    ok = keep(certs::Identity::load(route.client_cert, route.client_key), running->client_identity);
  if (ok && running->client_identity) {
    const auto& leaf = running->client_identity->chain()->raw;
    running->client_subject = certs::summaries_of({Buffer(leaf.p, leaf.p + leaf.len)}).front().subject;
  }
  if (ok) {
    const auto* earlier = previous != nullptr ? previous->pseudonyms.get() : nullptr;
    auto pseudonyms = inspect::Pseudonyms::make(route.names, earlier);
    if (pseudonyms)
      running->pseudonyms = std::make_shared<const inspect::Pseudonyms>(*pseudonyms);
    else
      ok = tl::unexpected(pseudonyms.error());
  }
  running->memory = previous != nullptr ? previous->memory : std::make_shared<inspect::RouteMemory>();
  if (ok && previous != nullptr) running->tickets = previous->tickets;
  if (ok && !running->tickets) ok = keep(tls::TicketKeys::make(), running->tickets);
  if (!ok) return fail(route.origin + ": " + ok.error().message);
  return running;
}

Result<void> open_route_outputs(RunningRoute& running, Writers& writers) {
  const auto& route = running.settings;
  Result<void> ok = keep(writers.logs.get(route.log), running.log);
  if (ok && !route.keylog.empty()) ok = keep(open_keylog(route.keylog), running.keylog);
  if (ok && !route.pin_file.empty()) ok = keep(writers.pins.get(route.pin_file), running.pin_file);
  if (ok && !route.trace.folder.empty()) ok = start_tracing(route, writers, running);
  if (!ok) return fail(route.origin + ": " + ok.error().message);
  return {};
}

}  // namespace mailtap::proxy
