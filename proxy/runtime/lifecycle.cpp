#include "proxy/runtime/lifecycle.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mailtap::proxy {

namespace {

using State = Lifecycle::State;
using Event = Lifecycle::Event;

struct Transition {
  State from;
  Event event;
  State to;
};

/// Every transition there is.
constexpr Transition transitions[] = {
    {State::starting, Event::started, State::running},
    {State::running, Event::hand_over, State::handing_over},
    {State::running, Event::stop, State::draining},
    {State::handing_over, Event::successor_failed, State::running},
    {State::handing_over, Event::successor_ready, State::draining},
    {State::handing_over, Event::stop, State::draining},
    // The successor was started before the stop, or takes the place of one that had taken over and died.
    {State::draining, Event::successor_ready, State::draining},
    {State::draining, Event::successor_failed, State::draining},
    {State::draining, Event::stop, State::draining},
    {State::draining, Event::drained, State::ended},
    {State::ended, Event::stop, State::ended},
};

}  // namespace

std::optional<State> Lifecycle::next(Event event) const {
  const auto* found = std::find_if(
      std::begin(transitions), std::end(transitions),
      [&](const Transition& transition) { return transition.from == state_ && transition.event == event; });
  return found != std::end(transitions) ? std::optional(found->to) : std::nullopt;
}

bool Lifecycle::handle(Event event) {
  const auto to = next(event);
  if (!to) return false;
  state_ = *to;
  handed_over_ = handed_over_ || event == Event::successor_ready;
  return true;
}

Lifecycle::Stopping Lifecycle::stop() {
  const bool was_draining = is(State::draining);
  if (!handle(Event::stop) || is(State::ended)) return Stopping::nothing;
  if (!was_draining) {
    told_to_stop_ = true;
    return Stopping::drain;
  }
  return std::exchange(told_to_stop_, true) ? Stopping::at_once : Stopping::stop_waiting;
}

std::string_view to_string(Lifecycle::State state) {
  switch (state) {
    case State::starting: return "starting";
    case State::running: return "running";
    case State::handing_over: return "handing over";
    case State::draining: return "draining";
    case State::ended: return "ended";
  }
  return {};
}

}  // namespace mailtap::proxy
