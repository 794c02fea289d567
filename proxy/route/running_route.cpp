#include "proxy/route/running_route.h"

#include <filesystem>

#include "certs/issue/presenter.h"
#include "certs/model/identity.h"
#include "certs/model/summary.h"
#include "certs/verify/trust_store.h"
#include "config/base/file.h"
#include "proxy/route/keylog_file.h"

namespace mailtap::proxy {

namespace {

template <class T>
Result<void> keep(Result<T> made, T& into) {
  if (!made) return tl::unexpected(made.error());
  into = std::move(*made);
  return {};
}

/// Those of the file as it is now; else the ones that clients have tickets of already, else new ones.
Result<std::shared_ptr<tls::TicketKeys>> ticket_keys(const config::Route& route,
                                                     const RunningRoute* previous) {
  const auto& file = route.ticket_key_file;
  if (file.empty()) {
    const bool has_own = previous != nullptr && previous->settings.ticket_key_file.empty();
    return has_own ? previous->tickets : tls::TicketKeys::make();
  }
  return read_ticket_keys(file);
}

Result<void> start_tracing(const config::Route& route, Writers& writers, const config::TraceFiles& bounds,
                           RunningRoute& running) {
  running.capture.snap_length = route.trace.snap_length;
  running.capture.secrets = route.trace.secrets;
  running.capture.observed = route.mode == config::Mode::observe;
  auto filter = trace::Filter::parse(route.trace.only);
  if (!filter) return fail(route.label("trace-only") + ": " + filter.error().message);
  running.capture.filter = std::move(*filter);
  auto settings = trace_bounds(bounds);
  settings.folder = route.trace.folder;
  return keep(writers.traces.get(settings), running.traces);
}

}  // namespace

Result<std::shared_ptr<tls::TicketKeys>> read_ticket_keys(const std::string& file) {
  using std::filesystem::perms;
  std::error_code unknown;
  const auto rights = std::filesystem::status(file, unknown).permissions();
  if (!unknown && (rights & perms::others_read) != perms::none)
    return fail(file + " can be read by everybody, who could then read what was said; run `" +
                recipe_to_close(file) + "`");
  constexpr std::size_t max_file_bytes = std::size_t{64} << 10;
  const auto text = read_named_file(file, max_file_bytes);
  if (!text) return tl::unexpected(text.error());
  auto keys = tls::TicketKeys::parse(*text);
  if (!keys)
    return fail(file + ":" + keys.error().message + "; make one with `" +
                recipe_to_make("openssl rand -base64 48", file) + "`");
  return keys;
}

trace::WriterSettings trace_bounds(const config::TraceFiles& files) {
  trace::WriterSettings bounds;
  bounds.max_file = files.max_file;
  bounds.max_age = std::chrono::ceil<std::chrono::seconds>(files.max_age);
  bounds.max_total = files.max_total;
  bounds.last = files.last;
  return bounds;
}

Result<std::shared_ptr<RunningRoute>> start_route(const config::Route& route, const std::string& published_at,
                                                  const RunningRoute* previous) {
  auto running = std::make_shared<RunningRoute>(route);
  running->names = ingress::SniTable(route.ingress.sni_routes);
  Result<void> ok = keep(certs::TrustStore::load(route.trust, route.crl), running->trust);
  const bool intercepts = route.mode == config::Mode::intercept;
  if (ok && intercepts) ok = keep(certs::Presenter::make(route, published_at), running->presenter);
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
  if (ok) ok = keep(ticket_keys(route, previous), running->tickets);
  if (!ok) return fail(route.origin + ": " + ok.error().message);
  return running;
}

Result<void> open_route_outputs(RunningRoute& running, Writers& writers, const config::TraceFiles& bounds) {
  const auto& route = running.settings;
  Result<void> ok = keep(writers.logs.get(route.log), running.log);
  if (ok && !route.keylog.empty()) ok = keep(open_keylog(route.keylog), running.keylog);
  if (ok && !route.pin_file.empty()) ok = keep(writers.pins.get(route.pin_file), running.pin_file);
  if (ok && !route.trace.folder.empty()) ok = start_tracing(route, writers, bounds, running);
  if (!ok) return fail(route.origin + ": " + ok.error().message);
  return {};
}

}  // namespace mailtap::proxy
