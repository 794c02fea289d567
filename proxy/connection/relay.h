// Moves what two peers say, both ways, unchanged: plaintext between two established TLS sessions, or the
// bytes of two legs without sessions as they are.
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
#include <string>
#include <string_view>

#include "inspect/ending.h"
#include "inspect/tap.h"
#include "proxy/connection/leg.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::proxy {

class Relay {
 public:
  /// How it ended.
  struct End {
    enum class How {
      in_order,    ///< both have said their last
      cut_off,     ///< `side` ended its stream without close_notify
      reset,       ///< `side` broke its connection
      broken_tls,  ///< what `side` sent can't be decrypted, or it sent a fatal alert
    };
    How how = How::in_order;
    inspect::Side side = inspect::Side::mailtap;
    std::string detail{};
  };

  /// Both legs' handshakes are done, or neither leg has a session. `scratch` holds one record's plaintext
  /// while it moves; shared by all relays of the loop. What is counted goes into `record`; what is moved is
  /// shown to `tap`, if there is one.
  Relay(Leg& downstream, Leg& upstream, MutableBytes scratch, inspect::ConnectionRecord& record,
        inspect::Tap* tap = nullptr);

  // Each answers the connection's end, once it is over.
  using MaybeEnd = std::optional<End>;
  MaybeEnd start();
  MaybeEnd on_data(Leg& from, Bytes bytes);
  MaybeEnd on_end(Leg& from);
  MaybeEnd on_flushed(Leg& to);
  /// A broken stream, after which nothing can be sent or received on it.
  End on_broken(const Leg& leg, std::string_view why);

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
    bool unannounced = false;            // FIN without close_notify, between messages
    std::uint64_t bytes_at_goodbye = 0;  // what it had carried when `to` said close_notify
  };
  Direction& direction_from(const Leg& leg) { return leg.side == inspect::Side::downstream ? up_ : down_; }
  const Direction& opposite(const Direction& direction) const { return &direction == &up_ ? down_ : up_; }
  Direction& direction_to(const Leg& leg) { return leg.side == inspect::Side::downstream ? down_ : up_; }

  MaybeEnd pump(Direction& direction);
  void pass(Direction& direction, Bytes bytes);
  MaybeEnd go_on(Direction& direction);
  static bool is_full(const Leg& leg);
  static void pause(Direction& direction);
  static void pass_end(const Direction& direction);
  MaybeEnd finish(Direction& direction, bool truncated);
  MaybeEnd end_if_over() const;
  bool is_between_messages() const;
  End unannounced_end() const;
  MaybeEnd truncation() const;
  bool may_just_leave(const Direction& direction) const;
  End failed(Leg& leg, Leg& other);

  MutableBytes scratch_;
  inspect::Tap* tap_;
  const bool has_half_close_;  // a side that has said goodbye still listens
  Direction up_;               // downstream to upstream
  Direction down_;             // upstream to downstream
  std::optional<inspect::Side> first_to_leave_;
};

/// As the connection's, by an alert's or the system's words.
inspect::Ending ending_of(const Relay::End& end);

}  // namespace mailtap::proxy
