#include "proxy/connection/preamble.h"

#include <algorithm>
#include <utility>

#include "config/route.h"
#include "inspect/record.h"
#include "tls/plain_session.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;
using starttls::Begins;
using Awaited = Deadline::Awaited;

// --- who speaks first -------------------------------------------------------------------------------------

void Preamble::begin(std::uint16_t port) {
  opening_ = starttls::opening_of(route_, port);
}

bool Preamble::waits_for_client() {
  const auto hello = route_.deadlines.hello;
  switch (opening_.begins) {
    case Begins::in_plaintext: begin_plaintext(); return false;
    case Begins::with_either: return false;
    case Begins::with_hello_unless_silent:
      listens_ = hello > starttls::silence;
      await_hello(listens_ ? starttls::silence : hello);
      return true;
    case Begins::with_hello: await_hello(hello); return true;
  }
  return true;
}

bool Preamble::client_is_silent(bool has_begun) {
  listens_ = false;
  if (has_begun) await_hello(route_.deadlines.hello - starttls::silence);
  return has_begun;
}

void Preamble::await_hello(std::chrono::milliseconds within) {
  deadline_.set(within, Awaited::hello);
}

// --- plaintext --------------------------------------------------------------------------------------------

void Preamble::begin_plaintext() {
  phase_.emplace(starttls::Rules{opening_.protocol, route_.allow_plaintext});
  record_.starttls = phase_->report();
  downstream_.expect_plaintext();
  awaits_either_ = false;
  if (upstream_.is<Leg::Plaintext>()) deadline_.set(route_.deadlines.starttls, Awaited::plaintext);
}

void Preamble::server_connected() {
  if (!phase_ && opening_.begins == Begins::in_plaintext) begin_plaintext();
  connected_ = std::chrono::steady_clock::now();
  upstream_.expect_plaintext();
  if (opening_.begins != Begins::with_hello) upstream_.stream->start_reading();
  if (phase_)
    deadline_.set(route_.deadlines.starttls, Awaited::plaintext);
  else
    await_either();
}

/// A server that is slow to greet has its own time for it: some make strangers wait.
void Preamble::await_either() {
  const auto hello = route_.deadlines.hello;
  awaits_either_ = opening_.may_greet_late;
  if (!awaits_either_) return await_hello(hello);
  const auto within = std::max(hello, route_.deadlines.starttls);
  if (opening_.begins == Begins::with_either)
    deadline_.set(within, Awaited::greeting);
  else
    await_hello(within);
}

void Preamble::hello_has_begun() {
  if (std::exchange(awaits_either_, false)) await_hello(route_.deadlines.hello);
}

Preamble::Next Preamble::on_data(const Leg& from, Bytes bytes, bool began_tls) {
  if (!phase_) {  // only the server can be in plaintext then
    if (record_.starttls)
      return end({Reason::plaintext_injected, Side::upstream,
                  "the server went on in plaintext after its go-ahead for TLS"});
    if (began_tls)
      return end({Reason::plaintext_error, Side::upstream,
                  "the server greets in plaintext, and the client began with TLS"});
    begin_plaintext();
  }
  return said(is_downstream(from) ? phase_->from_client(bytes) : phase_->from_server(bytes));
}

Preamble::Next Preamble::on_end(const Leg& from) {
  if (phase_) {
    // Who leaves without a word is a health check or a port scan; who was greeted before that, didn't want
    // TLS.
    const bool nothing_said = !phase_->client_spoke() && phase_->awaits_server();
    if (is_downstream(from) && nothing_said) return end({Reason::no_data, Side::downstream, {}});
    return said(is_downstream(from) ? phase_->client_ended() : phase_->server_ended());
  }
  if (record_.starttls)
    return end(
        {Reason::upstream_handshake_failed, Side::upstream, "the server closed after its go-ahead for TLS"});
  if (opening_.begins == Begins::with_either)
    return end({Reason::starttls_not_used, Side::upstream, "the server closed without a greeting"});
  return Next::forget;
}

bool Preamble::may_lose_server() const {
  return upstream_.is<Leg::Plaintext>() && !record_.starttls && opening_.begins != Begins::with_either;
}

Preamble::Next Preamble::said(starttls::PlaintextPhase::State state) {
  using State = starttls::PlaintextPhase::State;
  downstream_.send(as_bytes(phase_->for_client()));
  upstream_.send(as_bytes(phase_->for_server()));
  record_.starttls = phase_->report();
  spoken_ = phase_->protocol();
  switch (state) {
    case State::going_on: return Next::wait;
    case State::secured: secured(); return Next::wait;
    case State::plain: return Next::relay;
    case State::over: return end(phase_->ending());
  }
  return Next::wait;
}

Preamble::Next Preamble::end(const inspect::Ending& why) {
  ending_ = why;
  return Next::end;
}

/// Both sides have agreed on TLS: the client's hello is next, and not a byte of the server's before ours.
void Preamble::secured() {
  record_.plaintext =
      std::chrono::duration_cast<inspect::Microseconds>(std::chrono::steady_clock::now() - connected_);
  phase_.reset();
  downstream_.expect_hello();
  await_hello(route_.deadlines.hello);
}

/// What is said goes on as it is, and is written down as such.
bool Preamble::go_on_without_tls() {
  for (auto* leg : {&downstream_, &upstream_}) {
    leg->open(std::make_unique<tls::PlainSession>());
    leg->capture = nullptr;
  }
  downstream_.session()->feed(as_bytes(phase_->unpassed_from_client()));
  upstream_.session()->feed(as_bytes(phase_->unpassed_from_server()));
  const bool client_has_ended = phase_->client_has_ended();
  phase_.reset();
  return client_has_ended;
}

// --- endings ----------------------------------------------------------------------------------------------

inspect::Ending Preamble::timed_out() {
  if (!phase_) return {Reason::starttls_timeout, Side::upstream, {}};
  say_farewell("that took too long");
  return {Reason::starttls_timeout, phase_->awaits_server() ? Side::upstream : Side::downstream, {}};
}

void Preamble::say_farewell(std::string_view why) {
  if (phase_) downstream_.send(as_bytes(phase_->farewell(why)));
}

}  // namespace mailtap::proxy
