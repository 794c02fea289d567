// What the server is doing, and what may come next. No I/O; the only place where that changes.
//
//            started            hand_over
//   starting -------> running ------------> handing_over
//                        |    <------------      |
//                        |   successor_failed    | successor_ready, stop
//                        | stop                  v
//                        +----------------> draining ------> ended
//                                                    drained
#pragma once

#include <optional>
#include <string_view>

namespace mailtap::proxy {

class Lifecycle {
 public:
  enum class State {
    starting,      ///< nothing is accepted yet
    running,       ///< connections are accepted
    handing_over,  ///< they are, and a successor has been started that doesn't accept yet
    draining,      ///< none is accepted; those that are there may end
    ended,         ///< nothing is left to do
  };
  enum class Event {
    started,           ///< connections are accepted from now on
    hand_over,         ///< a successor has been started
    successor_failed,  ///< it ended before it accepted
    successor_ready,   ///< it accepts
    stop,              ///< a signal, or Server::tell()
    drained,           ///< the last connection has ended, and alerts are delivered
  };

  State state() const { return state_; }
  bool is(State state) const { return state_ == state; }
  /// Draining or ended: no configuration takes effect any more, and no successor is started on demand.
  bool is_ending() const { return state_ == State::draining || state_ == State::ended; }
  /// A successor accepts connections in this one's place.
  bool handed_over() const { return handed_over_; }

  bool permits(Event event) const { return next(event).has_value(); }
  /// False, and nothing changes, if the event isn't permitted in this state.
  bool handle(Event event);

  enum class Stopping {
    drain,         ///< the first: the state is draining now
    stop_waiting,  ///< the first after a hand-over: connections go on, and the successor isn't replaced any
                   ///< more
    at_once,       ///< a further one: every connection ends now
    nothing,       ///< there is nothing left to stop
  };
  /// The event stop, and what it asks for. After a hand-over the service manager sends its first SIGTERM to
  /// both processes: the one that drains already hasn't been told to stop before.
  Stopping stop();

 private:
  std::optional<State> next(Event event) const;

  State state_ = State::starting;
  bool handed_over_ = false;
  bool told_to_stop_ = false;
};

std::string_view to_string(Lifecycle::State state);

}  // namespace mailtap::proxy
