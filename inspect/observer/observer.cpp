#include "inspect/observer/observer.h"

#include <algorithm>
#include <new>

#include "certs/verify/verdict.h"
#include "config/base/text.h"
#include "config/route.h"
#include "inspect/protocol_guess.h"
#include "inspect/record.h"

namespace mailtap::inspect {

namespace {

template <class Value>
bool has(const std::vector<Value>& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

ExchangeContext context_of(const ConnectionRecord& record) {
  using enum config::VerdictWord;
  ExchangeContext context{record.id, record.route, {}, {}, record.language};
  if (record.verdict == nullptr) return context;
  context.trust = record.verdict->trusted() ? trusted : untrusted;
  if (!record.verdict->name_checked.empty() && record.verdict->name_known)
    context.name = record.verdict->name_matches ? match : mismatch;
  return context;
}

}  // namespace

bool matches_status(const Exchange& exchange, std::string_view wanted) {
  if (wanted == "failed") return exchange.failed;
  const std::string_view status = exchange.status;
  if (wanted.size() == 3 && equal_ignoring_case(wanted.substr(1), "xx"))
    return status.size() == 3 && status.front() == wanted.front();
  return equal_ignoring_case(status, wanted);
}

Observer::Observer(const Observed& observed)
    : observed_(observed),
      context_{observed.pseudonyms,
               observed_.certificates,
               observed.memory,
               observed.record.time,
               observed.accepted,
               observed.spoken.has_value(),
               observed.record.starttls && observed.record.starttls->relayed,
               observed.record.upstream.alpn == "h2"} {
  const auto protocol = observed.spoken.value_or(observed.route.protocol);
  if (protocol != config::Protocol::automatic)
    guarded([&] { begin(protocol); });
  else if (context_.http2)
    guarded([&] { begin(config::Protocol::http); });
  else
    undecided_.emplace();
}

Observer::~Observer() = default;

/// Calls the tap. One that fails, even for want of memory, is let go; the connection isn't touched.
template <class Call>
void Observer::guarded(Call call) noexcept {
  try {
    call();
  } catch (const std::bad_alloc&) {
    on_stopped("out of memory");
  } catch (...) {
    on_stopped("internal error");
  }
  if (stopped_) tap_.reset();
}

void Observer::on_bytes(Flow flow, Bytes bytes, Instant now) noexcept {
  if (tap_ != nullptr)
    guarded([&] { tap_->on_bytes(flow, bytes, now); });
  else if (undecided_)
    guarded([&] { decide(flow, bytes, now); });
}

void Observer::on_end(Flow flow, Instant now) noexcept {
  if (tap_ != nullptr) guarded([&] { tap_->on_end(flow, now); });
}

void Observer::on_secured(Instant now) noexcept {
  if (tap_ != nullptr) guarded([&] { tap_->on_secured(now); });
}

void Observer::on_closed(Instant now) noexcept {
  if (tap_ != nullptr) guarded([&] { tap_->on_closed(now); });
  tap_.reset();
}

void Observer::decide(Flow flow, Bytes bytes, Instant now) {
  auto& said = flow == Flow::to_upstream ? undecided_->from_client : undecided_->from_server;
  said.insert(said.end(), bytes.begin(), bytes.end());
  undecided_->parts.push_back({flow, Buffer(bytes.begin(), bytes.end()), now});
  const auto protocol = guess_protocol(undecided_->from_client, undecided_->from_server);
  if (!protocol) return;
  const auto parts = std::move(undecided_->parts);
  undecided_.reset();
  begin(*protocol);
  for (const auto& part : parts)
    if (tap_ != nullptr && !stopped_) tap_->on_bytes(part.flow, part.bytes, part.at);
}

void Observer::begin(config::Protocol protocol) {
  tap_ = observed_.make(protocol, context_, *this);
  observed_.record.traffic.protocol = protocol;
}

bool Observer::wanted(const Exchange& exchange) const {
  const auto& filter = observed_.route.exchanges;
  if (!filter.any) return false;
  if (!filter.services.empty() && !has(filter.services, exchange.service)) return false;
  if (!filter.verdicts.empty()) {
    const auto context = context_of(observed_.record);
    const auto lists = [&](auto word) { return word && has(filter.verdicts, *word); };
    if (!lists(context.trust) && !lists(context.name)) return false;
  }
  return filter.statuses.empty() ||
         std::any_of(filter.statuses.begin(), filter.statuses.end(),
                     [&](const auto& status) { return matches_status(exchange, status); });
}

void Observer::on_exchange(Exchange exchange) {
  auto& traffic = observed_.record.traffic;
  add(exchange, traffic);
  exchange.number = traffic.exchanges;
  ++observed_.memory.exchanges;
  if (wanted(exchange)) observed_.log.write(exchange, context_of(observed_.record));
}

/// The tap is in the middle of a call: it is let go when that has returned. `why` is the tap's own, or short
/// enough to need no memory.
void Observer::on_stopped(std::string_view why) {
  if (stopped_) return;
  stopped_ = true;
  observed_.record.traffic.stopped = why;
  ++observed_.memory.taps_stopped;
}

}  // namespace mailtap::inspect
