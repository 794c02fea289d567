#include "proxy/connection/relay.h"

namespace mailtap::proxy {

using inspect::Ending;
using inspect::Reason;
using inspect::Side;
using tls::Step;

Relay::Relay(Leg& downstream, Leg& upstream, MutableBytes scratch, inspect::Connection& record,
             inspect::Tap* tap)
    : scratch_(scratch),
      tap_(tap),
      up_{downstream, upstream, record.bytes_to_upstream, inspect::Flow::to_upstream},
      down_{upstream, downstream, record.bytes_to_downstream, inspect::Flow::to_downstream} {}

Relay::MaybeEnding Relay::start() {
  up_.from.phase = down_.from.phase = Leg::Phase::relaying;
  // Bytes may have come with the last flight of the handshake.
  for (auto* direction : {&up_, &down_}) {
    direction->from.stream->start_reading();
    if (auto ending = pump(*direction)) return ending;
  }
  return std::nullopt;
}

Relay::MaybeEnding Relay::on_data(Leg& from, Bytes ciphertext) {
  auto& direction = direction_from(from);
  if (direction.finished) return std::nullopt;  // after close_notify data is ignored (RFC 8446 section 6.1)
  from.session->lend(ciphertext);
  auto ending = pump(direction);
  from.session->end_loan();
  return ending;
}

Relay::MaybeEnding Relay::on_end(Leg& from) {
  auto& direction = direction_from(from);
  direction.stream_end = true;
  from.session->feed_end();
  if (!direction.finished) return pump(direction);
  pass_end(direction);  // close_notify went before
  return std::nullopt;
}

Relay::MaybeEnding Relay::on_flushed(Leg& to) {
  auto& direction = direction_to(to);
  return direction.paused ? go_on(direction) : ending_if_over();
}

/// After a pause, if it is over.
Relay::MaybeEnding Relay::go_on(Direction& direction) {
  if (!direction.paused || is_full(direction.to)) return std::nullopt;
  direction.paused = false;
  if (!direction.stream_end) direction.from.stream->start_reading();
  return pump(direction);
}

/// It takes no more for now: the kernel doesn't, or its peer renegotiates.
bool Relay::is_full(const Leg& leg) {
  return leg.stream->queued() >= max_queued || leg.session->held_back() >= max_queued;
}

/// Decrypts what `from` has and encrypts it for `to`, until there is no more or `to` takes no more.
Relay::MaybeEnding Relay::pump(Direction& direction) {
  auto& [from, to, bytes, flow, paused, stream_end, finished, truncated, at_goodbye] = direction;
  while (!finished) {
    if (to.session->outgoing().size() >= max_queued) to.flush();
    if (is_full(to)) {
      paused = true;
      from.stream->stop_reading();
      return std::nullopt;
    }
    const auto read = from.session->read(scratch_);
    switch (read.step) {
      case Step::done:
        bytes += read.size;
        if (to.session->write(scratch_.first(read.size)) == Step::failed) return failed(to, from);
        if (tap_ != nullptr)
          tap_->on_bytes(flow, scratch_.first(read.size), std::chrono::steady_clock::now());
        break;
      case Step::want_read:
      case Step::want_write:
      case Step::want_crypto:
        from.flush();  // answers that the session gave by itself (key update, tickets, renegotiation)
        to.flush();
        pass_end(opposite(direction));  // if it waited for the end of a renegotiation
        return go_on(direction_to(from));
      case Step::closed: return finish(direction, false);
      case Step::truncated: return finish(direction, true);
      case Step::failed: to.flush(); return failed(from, to);
    }
  }
  return std::nullopt;
}

/// Half-close: `from` has said its last, `to` is told and may go on talking.
Relay::MaybeEnding Relay::finish(Direction& direction, bool cut_off) {
  direction.finished = true;
  if (tap_ != nullptr) tap_->on_end(direction.flow, std::chrono::steady_clock::now());
  if (!first_to_leave_) first_to_leave_ = direction.from.side;
  direction.truncated = cut_off && !may_just_leave(direction);
  auto& back = &direction == &up_ ? down_ : up_;
  back.bytes_at_goodbye = back.bytes;
  if (!cut_off) direction.to.session->close_notify();
  const bool is_last =
      back.finished && direction.to.stream->queued() == 0 && direction.from.stream->queued() == 0;
  is_last ? direction.to.flush_last() : direction.to.flush();
  pass_end(direction);
  return ending_if_over();
}

/// FIN for FIN, after all that was said.
void Relay::pass_end(const Direction& direction) {
  if (direction.stream_end && direction.finished && direction.to.session->held_back() == 0)
    direction.to.stream->send_end();
}

/// The other side has said goodbye and heard nothing since. Many a peer then closes without answering it,
/// which RFC 5246 section 7.2.1 doesn't insist on, or even resets: nothing was cut off.
bool Relay::may_just_leave(const Direction& direction) const {
  const auto& back = opposite(direction);
  return back.finished && !back.truncated && direction.bytes == direction.bytes_at_goodbye;
}

/// Over when both directions are, and the kernel has all that was to be sent.
Relay::MaybeEnding Relay::ending_if_over() const {
  if (!up_.finished || !down_.finished) return std::nullopt;
  for (const auto* each : {&up_, &down_})
    if (each->to.stream->queued() > 0 || each->to.session->held_back() > 0) return std::nullopt;
  if (auto cut_off = truncation()) return cut_off;
  return Ending{Reason::closed, Side::mailtap, {}};
}

Relay::MaybeEnding Relay::truncation() const {
  for (const auto* each : {&down_, &up_}) {
    if (each->truncated)
      return Ending{Reason::truncated, each->from.side, "the stream ended without TLS close_notify"};
  }
  return std::nullopt;
}

Ending Relay::failed(Leg& leg, Leg& other) const {
  constexpr int internal_error = 80;
  leg.flush();  // the alert that tells it why
  other.session->send_fatal_alert(internal_error);
  other.flush();
  // Who sees its peer cut off may complain with an alert; the cause came first.
  if (const auto cut_off = truncation()) return *cut_off;
  return {Reason::tls_error, leg.side, leg.session->failure().detail};
}

Ending Relay::on_broken(const Leg& leg, std::string_view why) const {
  if (const auto cut_off = truncation()) return *cut_off;
  const auto& direction = leg.side == Side::downstream ? up_ : down_;
  // Many clients close at once after their close_notify; what is still sent to them then meets a reset.
  if (direction.finished || may_just_leave(direction)) return {Reason::closed, leg.side, {}};
  return {Reason::reset, leg.side, std::string(why)};
}

bool Relay::awaits_only_goodbye() const {
  return down_.finished && down_.stream_end && down_.to.stream->queued() == 0;
}

}  // namespace mailtap::proxy
