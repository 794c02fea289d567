// Moves plaintext between two established TLS sessions, both ways, unchanged.
//
//   downstream.stream -> feed -> [session] -> read ==plaintext==> write -> [session] -> upstream.stream
//                     <-                     <==plaintext==                          <-
//
// What one side says, the other hears: data as data, close_notify as close_notify, FIN as FIN. So a
// half-close passes through (the reply to a finished request still arrives), and a stream cut off without
// close_notify is cut off on the other side too.
//
// Back-pressure: a side is read only while the other takes what it is sent. Per direction at most
// max_queued plus one read of the socket and one record are held.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "inspect/record.h"
#include "inspect/tap.h"
#include "proxy/connection/leg.h"

namespace mailtap::proxy {

class Relay {
 public:
  /// Both legs' handshakes are done. `scratch` holds one record's plaintext while it moves; shared by all
  /// relays of the loop. What is counted goes into `record`; what is moved is shown to `tap`, if there is
  /// one.
  Relay(Leg& downstream, Leg& upstream, MutableBytes scratch, inspect::Connection& record,
        inspect::Tap* tap = nullptr);

  // Each answers the connection's ending, once it is over.
  using MaybeEnding = std::optional<inspect::Ending>;
  MaybeEnding start();
  MaybeEnding on_data(Leg& from, Bytes ciphertext);
  MaybeEnding on_end(Leg& from);
  MaybeEnding on_flushed(Leg& to);
  /// A broken stream, after which nothing can be sent or received on it.
  inspect::Ending on_broken(const Leg& leg, std::string_view why) const;

  /// The upstream is through and all it sent is with the kernel: only the downstream's goodbye is awaited.
  bool awaits_only_goodbye() const;
  /// The side that ended its direction first; nothing as long as both go on.
  std::optional<inspect::Side> first_to_leave() const { return first_to_leave_; }

 private:
  static constexpr std::size_t max_queued = std::size_t{64} * 1024;

  struct Direction {
    Leg& from;
    Leg& to;
    std::uint64_t& bytes;
    inspect::Flow flow;
    bool paused = false;                 // `to` takes no more for now
    bool stream_end = false;             // FIN received
    bool finished = false;               // close_notify or FIN received and passed on
    bool truncated = false;              // FIN without close_notify, which may have cut something off
    std::uint64_t bytes_at_goodbye = 0;  // what it had carried when `to` said close_notify
  };
  Direction& direction_from(const Leg& leg) { return leg.side == inspect::Side::downstream ? up_ : down_; }
  const Direction& opposite(const Direction& direction) const { return &direction == &up_ ? down_ : up_; }
  Direction& direction_to(const Leg& leg) { return leg.side == inspect::Side::downstream ? down_ : up_; }

  MaybeEnding pump(Direction& direction);
  MaybeEnding go_on(Direction& direction);
  static bool is_full(const Leg& leg);
  static void pass_end(const Direction& direction);
  MaybeEnding finish(Direction& direction, bool truncated);
  MaybeEnding ending_if_over() const;
  MaybeEnding truncation() const;
  bool may_just_leave(const Direction& direction) const;
  inspect::Ending failed(Leg& leg, Leg& other) const;

  MutableBytes scratch_;
  inspect::Tap* tap_;
  Direction up_;    // downstream to upstream
  Direction down_;  // upstream to downstream
  std::optional<inspect::Side> first_to_leave_;
};

}  // namespace mailtap::proxy
