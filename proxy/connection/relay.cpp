#include "proxy/connection/relay.h"

#include "inspect/record.h"
#include "tls/alert.h"

namespace mailtap::proxy {

using inspect::Ending;
using inspect::Reason;
using tls::Step;
using How = Relay::End::How;

namespace {
constexpr std::string_view without_goodbye = "the stream ended without TLS close_notify";
}

Relay::Relay(Leg& downstream, Leg& upstream, MutableBytes scratch, inspect::ConnectionRecord& record,
             inspect::Tap* tap)
    : scratch_(scratch),
      tap_(tap),
      has_half_close_(record.upstream.alpn != "h2"),
      up_{downstream, upstream, record.bytes_to_upstream, inspect::Flow::to_upstream},
      down_{upstream, downstream, record.bytes_to_downstream, inspect::Flow::to_downstream} {}

Relay::MaybeEnd Relay::start() {
  up_.from.begin_relay();
  down_.from.begin_relay();
  // Bytes may have come with the last flight of the handshake.
  for (auto* direction : {&up_, &down_}) {
    direction->from.stream->start_reading();
    if (direction->from.session() == nullptr) continue;
    if (auto end = pump(*direction)) return end;
  }
  return std::nullopt;
}

Relay::MaybeEnd Relay::on_data(Leg& from, Bytes bytes) {
  auto& direction = direction_from(from);
  if (direction.finished) return std::nullopt;  // after close_notify data is ignored (RFC 8446 section 6.1)
  if (from.session() == nullptr) {
    pass(direction, bytes);
    return std::nullopt;
  }
  from.session()->lend(bytes);
  auto end = pump(direction);
  from.session()->end_loan();
  return end;
}

Relay::MaybeEnd Relay::on_end(Leg& from) {
  auto& direction = direction_from(from);
  direction.stream_end = true;
  if (from.session() == nullptr) return finish(direction, false);
  from.session()->feed_end();
  if (!direction.finished) return pump(direction);
  pass_end(direction);  // close_notify went before
  return std::nullopt;
}

Relay::MaybeEnd Relay::on_flushed(Leg& to) {
  auto& direction = direction_to(to);
  return direction.paused ? go_on(direction) : end_if_over();
}

/// After a pause, if it is over.
Relay::MaybeEnd Relay::go_on(Direction& direction) {
  if (!direction.paused || is_full(direction.to)) return std::nullopt;
  direction.paused = false;
  if (!direction.stream_end) direction.from.stream->start_reading();
  return direction.from.session() == nullptr ? end_if_over() : pump(direction);
}

/// It takes no more for now: the kernel doesn't, or its peer renegotiates.
bool Relay::is_full(const Leg& leg) {
  return leg.stream->queued() >= max_queued ||
         (leg.session() != nullptr && leg.session()->held_back() >= max_queued);
}

void Relay::pause(Direction& direction) {
  direction.paused = true;
  direction.from.stream->stop_reading();
}

/// Without sessions: bytes go on first and are looked at then.
void Relay::pass(Direction& direction, Bytes bytes) {
  direction.bytes += bytes.size();
  direction.to.stream->send(bytes);
  if (is_full(direction.to)) pause(direction);
  if (tap_ != nullptr) tap_->on_bytes(direction.flow, bytes, std::chrono::steady_clock::now());
}

/// Decrypts what `from` has and encrypts it for `to`, until there is no more or `to` takes no more.
Relay::MaybeEnd Relay::pump(Direction& direction) {
  auto& from = direction.from;
  auto& to = direction.to;
  auto& incoming = *from.session();
  auto& outgoing = *to.session();
  while (!direction.finished) {
    if (outgoing.outgoing().size() >= max_queued) to.flush();
    if (is_full(to)) {
      pause(direction);
      return std::nullopt;
    }
    const auto read = incoming.read(scratch_);
    switch (read.step) {
      case Step::done:
        direction.bytes += read.size;
        if (outgoing.write(scratch_.first(read.size)) == Step::failed) return failed(to, from);
        if (tap_ != nullptr)
          tap_->on_bytes(direction.flow, scratch_.first(read.size), std::chrono::steady_clock::now());
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
Relay::MaybeEnd Relay::finish(Direction& direction, bool cut_off) {
  direction.finished = true;
  if (cut_off && !may_just_leave(direction))
    (is_between_messages() ? direction.unannounced : direction.truncated) = true;
  if (tap_ != nullptr) tap_->on_end(direction.flow, std::chrono::steady_clock::now());
  if (!first_to_leave_) first_to_leave_ = direction.from.side;
  auto& back = &direction == &up_ ? down_ : up_;
  back.bytes_at_goodbye = back.bytes;
  if (direction.to.session() != nullptr) {
    if (!cut_off) direction.to.session()->close_notify();
    const bool is_last =
        back.finished && direction.to.stream->queued() == 0 && direction.from.stream->queued() == 0;
    is_last ? direction.to.flush_last() : direction.to.flush();
  }
  pass_end(direction);
  return end_if_over();
}

/// There nobody misses anything of a stream that ends without close_notify, and many a client and server of
/// HTTP leaves so (RFC 9112 section 9.8).
bool Relay::is_between_messages() const {
  return tap_ != nullptr && up_.bytes > 0 && down_.bytes > 0 && tap_->is_between_messages();
}

/// FIN for FIN, after all that was said.
void Relay::pass_end(const Direction& direction) {
  const auto* session = direction.to.session();
  if (direction.stream_end && direction.finished && (session == nullptr || session->held_back() == 0))
    direction.to.stream->send_end();
}

/// The other side has said goodbye and heard nothing since. Many a peer then closes without answering it,
/// which RFC 5246 section 7.2.1 doesn't insist on, or even resets: nothing was cut off. In HTTP/2 who says
/// goodbye wants nothing more, and a server's GOAWAY may follow (RFC 9113 section 5.4.1).
bool Relay::may_just_leave(const Direction& direction) const {
  const auto& back = opposite(direction);
  return back.finished && !back.truncated &&
         (!has_half_close_ || direction.bytes == direction.bytes_at_goodbye);
}

/// Over when both directions are, and the kernel has all that was to be sent.
Relay::MaybeEnd Relay::end_if_over() const {
  if (!up_.finished || !down_.finished) return std::nullopt;
  for (const auto* each : {&up_, &down_}) {
    const auto* session = each->to.session();
    if (each->to.stream->queued() > 0 || (session != nullptr && session->held_back() > 0))
      return std::nullopt;
  }
  if (auto cut_off = truncation()) return cut_off;
  if (up_.unannounced || down_.unannounced) return unannounced_end();
  return End{How::in_order};
}

Relay::End Relay::unannounced_end() const {
  return {How::in_order, first_to_leave_.value_or(inspect::Side::mailtap), std::string(without_goodbye)};
}

Relay::MaybeEnd Relay::truncation() const {
  const bool client_left = first_to_leave_ == inspect::Side::downstream;
  for (const auto* each : {client_left ? &up_ : &down_, client_left ? &down_ : &up_}) {
    if (each->truncated) return End{How::cut_off, each->from.side, std::string(without_goodbye)};
  }
  return std::nullopt;
}

Relay::End Relay::failed(Leg& leg, Leg& other) {
  leg.flush();  // the alert that tells it why
  other.session()->send_fatal_alert(tls::alert::internal_error);
  other.flush();
  // Who hears no goodbye may complain with an alert (OpenSSL: decode_error); the cause came first.
  if (const auto cut_off = truncation()) return *cut_off;
  if (direction_to(leg).unannounced) return unannounced_end();
  return {How::broken_tls, leg.side, leg.session()->failure().detail};
}

Relay::End Relay::on_broken(const Leg& leg, std::string_view why) {
  if (const auto cut_off = truncation()) return *cut_off;
  const auto& direction = direction_from(leg);
  const bool has_session = leg.session() != nullptr;
  if (!first_to_leave_ && !has_session) first_to_leave_ = leg.side;
  // Many clients close at once after their close_notify; what is still sent to them then meets a reset.
  if (direction.finished || (has_session && may_just_leave(direction))) return {How::in_order, leg.side};
  return {How::reset, leg.side, std::string(why)};
}

bool Relay::awaits_only_goodbye() const {
  return down_.finished && down_.stream_end && down_.to.stream->queued() == 0;
}

Ending ending_of(const Relay::End& end) {
  switch (end.how) {
    case How::cut_off: return {Reason::truncated, end.side, end.detail};
    case How::reset: return {Reason::reset, end.side, end.detail};
    case How::broken_tls: return {Reason::tls_error, end.side, end.detail};
    case How::in_order: break;
  }
  return {Reason::closed, end.side, end.detail};
}

}  // namespace mailtap::proxy
