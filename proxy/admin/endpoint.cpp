#include "proxy/admin/endpoint.h"

#include <algorithm>
#include <charconv>

#include "config/base/phrases.h"
#include "config/base/process.h"
#include "config/base/text.h"
#include "config/values.h"
#include "inspect/record.h"
#include "inspect/writers/json_writer.h"
#include "proxy/admin/api_json.h"
#include "proxy/admin/feed_item.h"
#include "proxy/admin/page.h"
#include "proxy/net/uv_error.h"

namespace mailtap::admin {

namespace {

constexpr std::chrono::milliseconds tick_every{100};
constexpr std::chrono::seconds beat_every{15};  ///< proxies and clients give up on a silent stream
constexpr std::size_t max_events = 100;         ///< connections in one event
constexpr std::size_t max_listed = 1000;
constexpr std::chrono::seconds survey_timeout{5};  ///< of each question
constexpr std::size_t default_listed = 100;

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string event(std::string_view name, std::string_view data) {
  return "event: " + std::string(name) + "\ndata: " + std::string(data) + "\n\n";
}

http::Response json(std::string body) {
  return {.content_type = "application/json", .body = std::move(body)};
}

/// `what`: a sentence of the catalogue's.
http::Response problem(Language language, unsigned status, std::string_view what, std::string fields = {}) {
  inspect::JsonWriter to;
  to.start_object();
  to.member("error", in_language(what, language));
  to.end_object();
  auto response = json(to.text());
  response.status = status;
  response.fields = std::move(fields);
  return response;
}

http::Response refused(Access::Refusal refusal, Language language) {
  switch (refusal) {
    case Access::Refusal::wrong_host:
      return problem(
          language, 421,
          "this name is not known here: ask by address or as localhost, or give --admin-host NAME");
    case Access::Refusal::wrong_origin: return problem(language, 403, "another site's page may not ask");
    case Access::Refusal::no_token: break;
  }
  return problem(language, 401, "a token is needed: Authorization: Bearer TOKEN",
                 "WWW-Authenticate: Bearer realm=\"mailtap\"\r\n");
}

/// The value of `name` in a query; empty: it isn't there.
std::string_view parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

/// English, unless ?lang= says otherwise.
Language language_wanted(const http::Request& request) {
  return certs::language_of(parameter(request.query, "lang"));
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Endpoint::Endpoint(const inspect::Messages& messages, Setup setup, int descriptor)
    : messages_(messages), setup_(std::move(setup)), metrics_(setup_.version, setup_.cryptography) {
  uv_loop_init(&loop_);
  const auto add_async = [&](uv_async_cb handler) {
    return net::Handle<uv_async_t>::make(this,
                                         [&](uv_async_t* uv) { return uv_async_init(&loop_, uv, handler); })
        .first;
  };
  wake_ = add_async([](uv_async_t* uv) {
    auto* self = static_cast<Endpoint*>(uv->data);
    if (self == nullptr) return;
    if (self->handed_over_) self->server_.reset();
    if (!self->tick_->active()) self->tick_->start(tick_every);
  });
  stop_ = add_async([](uv_async_t* uv) {
    if (auto* self = static_cast<Endpoint*>(uv->data)) uv_stop(&self->loop_);
  });
  tick_ = std::make_unique<net::Timer>(&loop_, [this] { tick(); });
  surveys_ = std::make_unique<Surveys>(&loop_);
  beat_ = std::make_unique<net::Timer>(&loop_, [this] {
    if (server_) server_->broadcast(": still here\n\n", {});
  });
  beat_->start(beat_every, beat_every);
  server_ = std::make_unique<http::Server>(
      &loop_, [this](const http::Request& request) { return answer(request); }, setup_.limits);
  if (const int status = server_->listen(descriptor); status != 0)
    messages_.warn("can't listen for admin: " + net::uv_says(status));
  feed_.on_first([this] { uv_async_send(wake_.get()); });
  thread_ = std::thread([this] {
    name_thread("admin");
    uv_run(&loop_, UV_RUN_DEFAULT);
  });
}

Endpoint::~Endpoint() {
  feed_.on_first(nullptr);
  uv_async_send(stop_.get());
  thread_.join();
  server_.reset();
  surveys_.reset();
  tick_.reset();
  beat_.reset();
  wake_.close();
  stop_.close();
  uv_run(&loop_, UV_RUN_DEFAULT);  // the close callbacks
  uv_loop_close(&loop_);
}

void Endpoint::set_routes(std::vector<ShownRoute> routes) {
  const std::lock_guard lock(routes_mutex_);
  routes_ = std::move(routes);
}

void Endpoint::hand_over() {
  handed_over_ = true;
  uv_async_send(wake_.get());
}

// --- what the workers report ------------------------------------------------------------------------------

void Endpoint::tick() {
  feed_.take(taken_);
  if (const auto dropped = feed_.dropped(); dropped != dropped_) {
    dropped_ = dropped;
    hub_.lost();
  }
  for (auto& [has_ended, connection] : taken_) {
    if (!has_ended) {
      opened_.push_back(hub_.opened(std::move(connection)));
      continue;
    }
    ended_.push_back(hub_.ended(std::move(connection), now()));
    metrics_.ended(*ended_.back());
  }
  taken_.clear();
  broadcast();
  opened_.clear();
  ended_.clear();
}

void Endpoint::broadcast() {
  if (!server_ || server_->streams() == 0 || (opened_.empty() && ended_.empty())) return;
  // What came and went within a tick has only ended.
  std::erase_if(opened_, [&](const auto& opened) { return !hub_.open().contains(opened->id); });
  server_->broadcast(
      event("connections", batch_json(opened_, ended_, hub_.totals(), gauges().open_connections, max_events)),
      event("gap", "{}"));
}

Gauges Endpoint::gauges() const {
  auto all = setup_.gauges ? setup_.gauges() : Gauges{};
  all.records_dropped = feed_.dropped();
  all.crypto_operations = feed_.crypto_operations();
  all.crypto_batches = feed_.crypto_batches();
  all.streams = server_->streams();
  all.stream_gaps = server_->left_out();
  return all;
}

// --- what is asked ----------------------------------------------------------------------------------------

http::Response Endpoint::answer(const http::Request& request) {
  if (request.is_post && !request.path.starts_with("/api/surveys/")) return http::plain(405);
  if (request.path == "/healthz") return {.body = "alive\n"};
  if (request.path == "/readyz")
    return ready_ ? http::Response{.body = "ready\n"} : http::Response{.status = 503, .body = "draining\n"};
  if (setup_.others)
    if (auto other = setup_.others(request); other.status != 404) return other;

  const auto* part = page_part(request.path);
  if (const auto refusal = setup_.access.refusal(request, part != nullptr))
    return refused(*refusal, language_wanted(request));
  if (part != nullptr)
    return {.content_type = std::string(part->content_type),
            .body = std::string(part->text),
            .fields = std::string(page_fields)};
  if (request.path == "/metrics")
    return {.content_type = std::string(metrics_content_type), .body = metrics_.text(hub_, gauges())};
  if (request.path == "/events")
    return {.content_type = "text/event-stream",
            .body = event("hello", state_json()),
            .fields = "X-Accel-Buffering: no\r\n",
            .is_stream = true};
  if (request.path.starts_with("/api/")) return api(request);
  return problem(language_wanted(request), 404, "there is nothing here");
}

http::Response Endpoint::api(const http::Request& request) {
  std::string_view path = request.path;
  path.remove_prefix(std::string_view("/api/").size());
  if (path == "state") return json(state_json());
  const auto language = language_wanted(request);
  if (path == "upstreams") return json(upstreams_json(hub_, language));
  if (path == "counts") {
    const auto* span = span_of(parameter(request.query, "span"));
    if (span == nullptr) return problem(language, 400, "span is 5m, 15m, 1h, 24h or 30d");
    return json(counts_json(hub_, *span, now()));
  }
  if (path == "connections") {
    const auto which = parameter(request.query, "which");
    const auto limit = parameter(request.query, "limit");
    const auto max = limit.empty() ? default_listed : number<std::size_t>(limit);
    if (!max || *max == 0 || *max > max_listed)
      return problem(language, 400, "limit is a number from 1 to " + std::to_string(max_listed));
    if (which.empty() || which == "recent") return json(connections_json(hub_, Which::recent, *max));
    if (which == "notable") return json(connections_json(hub_, Which::notable, *max));
    if (which == "open") return json(connections_json(hub_, Which::open, *max));
    return problem(language, 400, "which is recent, notable or open");
  }
  constexpr std::string_view of_surveys = "surveys";
  if (path == of_surveys) return json(surveys_->list_json());
  if (path.starts_with("surveys/")) return surveys(request, path.substr(of_surveys.size() + 1));
  constexpr std::string_view one = "connections/";
  if (path.starts_with(one)) {
    const auto id = number<std::uint64_t>(path.substr(one.size()));
    if (!id) return problem(language, 400, "a connection has a number");
    if (const auto found = hub_.find(*id)) return json(connection_json(*found, language));
    return problem(language, 404, "this connection is not known, or not any more");
  }
  return problem(language, 404, "there is nothing here; docs/admin.md lists what there is");
}

/// GET: what was found. POST: it is asked now.
http::Response Endpoint::surveys(const http::Request& request, std::string_view number_text) {
  const auto language = language_wanted(request);
  const auto id = number<std::uint64_t>(number_text);
  if (!id) return problem(language, 400, "a survey has the number of its upstream");
  if (!request.is_post) {
    if (auto found = surveys_->json(*id, language)) return json(std::move(*found));
    return problem(language, 404, "there is no survey of this upstream: POST begins one");
  }
  const auto* upstream = hub_.upstream(*id);
  if (upstream == nullptr) return problem(language, 404, "this upstream is not known, or not any more");
  if (surveys_->is_running(*id))
    return problem(language, 409, "this server is being asked already: wait until it is done");
  if (surveys_->is_running()) return problem(language, 409, "another server is being asked: one at a time");
  return begin_survey(*upstream, language);
}

/// As the route's connections are made.
http::Response Endpoint::begin_survey(const Upstream& upstream, Language language) {
  const auto endpoint = config::parse_address(upstream.address);
  if (!endpoint) return problem(language, 409, "the address of this upstream is not known");
  probe::ProbeRequest how;
  how.endpoint = *endpoint;
  how.sni = is_ip_address(upstream.name) ? std::string() : upstream.name;
  how.timeout = survey_timeout;
  for (const auto& seen : {upstream.with_verdict, upstream.last_failure})
    if (seen && seen->starttls && seen->starttls->protocol && how.starttls == probe::Starttls::none)
      how.starttls = probe::starttls_of(*seen->starttls->protocol);
  {
    const std::lock_guard lock(routes_mutex_);
    for (const auto& route : routes_)
      if (route.id == upstream.route) how.proxy_protocol = route.send_proxy_protocol;
  }
  surveys_->begin(upstream.number, std::move(how));
  auto response = json(surveys_->list_json());
  response.status = 202;
  return response;
}

std::string Endpoint::state_json() const {
  inspect::JsonWriter to;
  to.start_object();
  to.member("version", setup_.version);
  to.member("cryptography", setup_.cryptography);
  to.member("started", to_rfc3339_milliseconds(started_));
  to.member("ready", bool{ready_});
  const auto stats = gauges();
  to.member("open", stats.open_connections);
  to.member("most", stats.max_connections);
  to.member("records_dropped", stats.records_dropped);
  to.member("log_lines_lost", stats.log_lines_lost);
  to.open_array("routes");
  {
    const std::lock_guard lock(routes_mutex_);
    for (const auto& route : routes_) {
      to.start_object();
      to.member("id", route.id);
      to.member("listen", route.listen);
      to.member("upstream", route.upstream);
      to.member("mode", route.mode);
      to.end_object();
    }
  }
  to.end_array();
  to.end_object();
  return to.text();
}

}  // namespace mailtap::admin
