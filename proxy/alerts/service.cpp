#include "proxy/alerts/service.h"

#include <algorithm>

namespace mailtap::alerts {

namespace {

constexpr std::chrono::milliseconds max_between_ticks{60'000};
constexpr std::chrono::milliseconds min_between_ticks{500};

AlertRules rules_of(const config::Alerts& settings) {
  AlertRules how;
  std::erase_if(how.kinds, [&](Kind kind) {
    return std::find(settings.kinds.begin(), settings.kinds.end(), kind) == settings.kinds.end();
  });
  how.expiry_days = settings.expiry_days;
  how.rejections = settings.rejections;
  how.clear_after = settings.clear_after;
  return how;
}

}  // namespace

Service::Service(uv_loop_t* loop, const inspect::Messages& messages,
                 std::function<void(const std::string&)> alerted)
    : alerted_(std::move(alerted)),
      resolver_(loop),
      command_(loop, messages, [this] { finish_if_idle(); }),
      webhook_({loop, resolver_, read_buffer_}, messages, [this] { finish_if_idle(); }),
      tick_(loop, [this] { tick(); }),
      end_(loop, [this] {
        command_.stop();
        webhook_.stop();
        done_();
      }) {
  wake_ = net::Handle<uv_async_t>::make(this, [&](uv_async_t* async) {
            return uv_async_init(loop, async, [](uv_async_t* uv) {
              if (auto* self = static_cast<Service*>(uv->data)) self->hear();
            });
          }).first;
  inbox_.on_first([this] { uv_async_send(wake_.get()); });
}

Service::~Service() {
  inbox_.on_first(nullptr);
}

void Service::set(const config::Alerts& settings, std::optional<Webhook::Settings> webhook, Logs logs) {
  command_.set(settings.command);
  webhook_.set(std::move(webhook));
  std::set<std::string> routes;
  for (const auto& entry : logs) routes.insert(entry.first);
  logs_ = std::move(logs);
  const auto how = rules_of(settings);
  inbox_.set_open(!how.kinds.empty());
  const std::lock_guard lock(mutex_);
  engine_.set(how);
  engine_.keep_routes(routes);
  const auto every = std::clamp(settings.clear_after / 2, min_between_ticks, max_between_ticks);
  tick_.start(min_between_ticks, every);  // what has changed may have to be told
}

void Service::hear() {
  const auto sightings = inbox_.take();
  std::vector<Alert> alerts;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& sighting : sightings) {
      // A connection that began before a reload may be of a route that is gone.
      if (!logs_.contains(sighting.route)) continue;
      for (auto& alert : engine_.see(sighting, Clock::now())) alerts.push_back(std::move(alert));
    }
    inbox_.deduplicator().rejecting.set(engine_.rejecting());
  }
  tell(alerts);
}

void Service::tick() {
  std::vector<Alert> alerts;
  {
    const std::lock_guard lock(mutex_);
    alerts = engine_.tick(Clock::now());
  }
  tell(alerts);
}

void Service::tell(const std::vector<Alert>& alerts) {
  for (const auto& alert : alerts) {
    if (const auto log = logs_.find(alert.route); log != logs_.end()) log->second->write(alert);
    if (alerted_) alerted_(to_text(alert));
    const Delivery delivery{alert.kind, alert.state, to_json(alert)};
    command_.put(delivery);
    webhook_.put(delivery);
    const std::lock_guard lock(mutex_);
    ++told_[{alert.kind, alert.state, alert.route}];
  }
}

void Service::finish(std::function<void()> done) {
  tick_.stop();
  done_ = std::move(done);
  end_.start(in_a_hurry_ ? std::chrono::milliseconds() : last_words);
  finish_if_idle();
}

void Service::finish_if_idle() {
  if (done_ && command_.is_idle() && webhook_.is_idle()) end_.start({});
}

void Service::hurry() {
  in_a_hurry_ = true;
  if (done_) end_.start({});
}

Stats Service::stats() const {
  Stats stats;
  stats.hooks = {command_.stats(), webhook_.stats()};
  const std::lock_guard lock(mutex_);
  for (const auto& [what, count] : told_) {
    const auto& [kind, state, route] = what;
    stats.told.push_back({kind, state, route, count});
  }
  stats.active = engine_.active();
  stats.held_back = engine_.held_back();
  stats.forgotten = engine_.forgotten();
  stats.unheard = inbox_.dropped();
  return stats;
}

}  // namespace mailtap::alerts
