#include "proxy/probe/probe.h"

#include <array>
#include <utility>

#include "config/base/random.h"
#include "proxy/ingress/proxy_header.h"
#include "proxy/net/tls_pump.h"
#include "tls/alert.h"
#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/plain_text.h"
#include "tls/sessions/renegotiation.h"
#include "tls/sessions/sessions.h"
#include "tls/wire.h"

namespace mailtap::probe {

using End = ProbeResult::End;
using tls::Step;
using tls::survey::Conversation;

namespace {

// How long a server is given to refuse, where it would have to do so after the handshake; and after it has
// said anything else.
constexpr std::chrono::milliseconds max_hearing{2000}, short_hearing{200};
// How long it has to react to what follows a question's hello.
constexpr std::chrono::milliseconds reaction_time{1000};
// And to send a ticket after the handshake.
constexpr std::chrono::milliseconds ticket_time{500};
// Between two segments, so that they are two on the way.
constexpr std::chrono::milliseconds segment_pause{30};

std::string seconds_text(std::chrono::milliseconds duration) {
  const auto ms = duration.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

tls::offer::Answer::End end_of(Conversation::Stop stop) {
  switch (stop) {
    case Conversation::Stop::closed: return tls::offer::Answer::End::closed;
    case Conversation::Stop::reset: return tls::offer::Answer::End::reset;
    case Conversation::Stop::timed_out: return tls::offer::Answer::End::silent;
  }
  return tls::offer::Answer::End::silent;
}

}  // namespace

Probe::Probe(const Network& network, ProbeRequest request, Done done)
    : request_(std::move(request)),
      done_(std::move(done)),
      dialer_(network.loop, network.resolver, network.read_buffer),
      timeout_(network.loop, [this] { on_timeout(); }),
      segment_(network.loop, [this] { send_segment(); }),
      hearing_(network.loop, [this] { on_quiet(); }),
      report_(network.loop, [this] {
        dialling_.reset();
        stage_.emplace<std::monostate>();  // a session's buffers aren't kept until all is over
        done_(std::move(result_));
      }) {}

void Probe::start() {
  timeout_.start(request_.timeout);
  const auto target = request_.address ? request_.address->endpoint() : request_.endpoint;
  dialling_ = dialer_.dial(target, request_.timeout, *this);
  dialling_->begin();
}

void Probe::on_not_dialled(const net::DialFailure& why) {
  using Kind = net::DialFailure::Kind;
  if (why.kind == Kind::timed_out) return on_timeout();
  if (why.kind == Kind::not_resolved)
    return finish(End::unreachable,
                  "the name " + request_.endpoint.host + " can't be resolved: " + why.detail);
  finish(End::unreachable, "no connection to " + result_.address->to_string() + ": " + why.detail);
}

void Probe::on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& address) {
  if (finished_) return;
  result_.address = address;
  stream_ = std::move(stream);
  stream_->set_events(*this);
  send_proxy_header();
  if (request_.starttls == Starttls::none) {
    begin_tls();
  } else {
    stage_.emplace<StarttlsDialogue>(request_.starttls);
    if (request_.dialogue_timeout) timeout_.start(*request_.dialogue_timeout);
  }
  stream_->start_reading();
}

/// mailtap speaks for itself. Version 2 has a command for that (LOCAL); in version 1 it is its own client, as
/// Postfix takes no UNKNOWN.
void Probe::send_proxy_header() {
  using config::ProxyVersion;
  const auto version = request_.proxy_protocol;
  if (version == ProxyVersion::v1)
    stream_->send(proxy::ingress::make_proxy_header(version, stream_->local(), stream_->peer()));
  if (version == ProxyVersion::v2) stream_->send(proxy::ingress::make_proxy_header(version, {}, {}));
}

void Probe::begin_tls() {
  result_.tls_begun = true;
  if (request_.offer) {
    std::array<std::uint8_t, tls::offer::random_size> random{};
    if (!random_bytes(random)) return finish(End::no_tls, "the kernel gives no randomness");
    stage_.emplace<tls::offer::AnswerReader>();
    return stream_->send(tls::offer::play(*request_.offer, random));
  }
  if (request_.question) {
    std::array<std::uint8_t, tls::survey::hello_random_size> random{};
    if (!random_bytes(random)) return finish(End::no_tls, "the kernel gives no randomness");
    const auto& conversation =
        stage_.emplace<ConversationPtr>(std::make_unique<Conversation>(*request_.question, random));
    unsent_ = conversation->hello();
    segments_left_ = request_.question->segments;
    return send_segment();
  }
  tls::ClientParameters parameters;
  parameters.sni = request_.sni;
  parameters.client_certificate = request_.client_certificate;
  parameters.asks_for_staple = parameters.asks_for_timestamps = true;
  if (request_.version != 0)
    parameters.min_version = parameters.max_version = static_cast<tls::Version>(request_.version);
  parameters.only.signature_algorithms = request_.signature_algorithms;
  parameters.resume = request_.resume;
  if (request_.wants_ticket) parameters.keylog = [this](std::string_view line) { tickets_.add_key(line); };
  go_on(*stage_.emplace<SessionPtr>(tls::make_client_session(std::move(parameters))));
}

/// All that are left are of the same size, but for what doesn't divide.
void Probe::send_segment() {
  const auto size = (unsent_.size() + segments_left_ - 1) / segments_left_;
  stream_->send(Bytes(unsent_).first(size));
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(size));
  if (--segments_left_ > 0) segment_.start(segment_pause);
}

void Probe::on_data(net::Stream& /*stream*/, Bytes bytes) {
  if (auto* dialogue = std::get_if<StarttlsDialogue>(&stage_)) return on_dialogue(*dialogue, bytes);
  if (auto* trial = std::get_if<tls::offer::AnswerReader>(&stage_)) {
    if (trial->feed(bytes)) finish(End::agreed);
    return;
  }
  if (auto* conversation = std::get_if<ConversationPtr>(&stage_))
    return on_answer((*conversation)->feed(bytes));
  if (auto* session = std::get_if<SessionPtr>(&stage_)) {
    tls_seen_ =
        tls_seen_ || (bytes[0] >= tls::wire::change_cipher_spec && bytes[0] <= tls::wire::application_data);
    result_.is_plain_http = result_.is_plain_http || (!tls_seen_ && tls::is_http_response(bytes));
    if (request_.wants_ticket || request_.renegotiates) tickets_.feed(bytes);
    (*session)->feed(bytes);
    go_on(**session);
  }
}

void Probe::on_dialogue(StarttlsDialogue& dialogue, Bytes bytes) {
  switch (dialogue.feed(bytes)) {
    case StarttlsDialogue::State::waiting: return;
    case StarttlsDialogue::State::speak: return stream_->send(as_bytes(dialogue.say()));
    case StarttlsDialogue::State::secure:
      result_.greeting = dialogue.greeting();
      if (request_.dialogue_timeout) timeout_.start(request_.timeout);
      return begin_tls();
    case StarttlsDialogue::State::failed:
      result_.obstacle = dialogue.obstacle();
      return finish(End::no_tls, dialogue.error());
  }
}

void Probe::on_answer(Conversation::Step step) {
  if (step.done) return finish(End::agreed);
  if (!step.say.empty()) stream_->send(step.say);
  if (step.soon) hearing_.start(reaction_time);
}

void Probe::go_on(tls::Session& session) {
  using net::Handshake;
  const auto handshake = net::step_handshake(session, [&] { net::flush(session, *stream_); });
  if (handshake == Handshake::under_way) return;
  result_.agreed = session.agreed();
  result_.chain = session.peer_chain();
  result_.stapled = session.stapled();
  if (handshake == Handshake::failed)
    return finish(tls_seen_ ? End::refused : End::no_tls, session.failure().detail);
  if (request_.renegotiates) return renegotiate(session);
  if (request_.words) return converse(session);
  if ((result_.agreed.certificate_requested || request_.wants_ticket) &&
      session.agreed().version == tls::version::tls13)
    return hear_out(session);
  session.close_notify();
  net::flush(session, *stream_);
  finish(End::agreed);
}

/// In TLS 1.3 the client's certificate is judged when the handshake is done for the client. Who wants a
/// ticket waits for nothing else: a server gives none to those whom it refuses.
void Probe::hear_out(tls::Session& session) {
  const bool is_first = !std::exchange(hears_out_, true);
  Buffer unasked(std::size_t{16} * 1024);
  const auto step = session.read(unasked).step;
  result_.agreed = session.agreed();
  switch (step) {
    case Step::failed: return finish(End::refused, session.failure().detail);
    case Step::closed:
    case Step::done: return finish(End::agreed);
    default:
      if (request_.wants_ticket && tickets_.ticket()) return finish(End::agreed);
      hearing_.start(!is_first                              ? short_hearing
                     : result_.agreed.certificate_requested ? max_hearing
                                                            : ticket_time);
  }
}

/// Asks once, and then hears whether the server goes along: it then changes its cipher again. An alert is its
/// refusal (RFC 5246 section 7.2.2: no_renegotiation).
void Probe::renegotiate(tls::Session& session) {
  if (!result_.renegotiated) {
    if (!tls::ask_to_renegotiate(session)) return finish(End::agreed);
    result_.renegotiated = false;
    hearing_.start(reaction_time);
  } else {
    Buffer unasked(std::size_t{16} * 1024);
    const auto step = session.read(unasked).step;
    result_.renegotiated = tickets_.cipher_changes() > 1;
    if (*result_.renegotiated || tickets_.has_alerted() || step == Step::failed || step == Step::closed)
      return finish(End::agreed);
  }
  net::flush(session, *stream_);
}

/// Says what it has to say once, and then hears the server.
void Probe::converse(tls::Session& session) {
  const auto& [asks, until] = *request_.words;
  if (!std::exchange(has_asked_, true)) {
    if (!asks.empty()) session.write(as_bytes(asks));
    hearing_.start(max_hearing);
  }
  Buffer words(std::size_t{4} * 1024);
  auto read = session.read(words);
  for (; read.step == Step::done && result_.said.size() < max_said; read = session.read(words))
    result_.said.append(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(read.size));
  net::flush(session, *stream_);
  const bool is_over = read.step != Step::want_read && read.step != Step::want_crypto;
  if (is_over || result_.said.find(until) != std::string::npos) finish(End::agreed);
}

/// Nothing came in the time that it was given.
void Probe::on_quiet() {
  if (auto* conversation = std::get_if<ConversationPtr>(&stage_))
    return on_answer((*conversation)->on_quiet());
  finish(End::agreed);
}

void Probe::on_end(net::Stream& /*stream*/) {
  broken_off("it closed the connection", Conversation::Stop::closed);
}

void Probe::on_broken(net::Stream& /*stream*/, std::string_view why) {
  broken_off("the connection broke: " + std::string(why), Conversation::Stop::reset);
}

void Probe::on_timeout() {
  if (!result_.address)
    return finish(End::unreachable, "the name " + request_.endpoint.host + " wasn't resolved within " +
                                        seconds_text(request_.timeout));
  if (std::holds_alternative<std::monostate>(stage_))
    return finish(End::unreachable, "no connection to " + result_.address->to_string() + " within " +
                                        seconds_text(request_.timeout));
  broken_off("no answer within " + seconds_text(time_for_stage()), Conversation::Stop::timed_out);
}

std::chrono::milliseconds Probe::time_for_stage() const {
  return std::holds_alternative<StarttlsDialogue>(stage_)
             ? request_.dialogue_timeout.value_or(request_.timeout)
             : request_.timeout;
}

/// The server stopped before its answer was complete.
void Probe::broken_off(const std::string& how, Conversation::Stop stop) {
  if (const auto* dialogue = std::get_if<StarttlsDialogue>(&stage_)) {
    result_.obstacle = stop == Conversation::Stop::timed_out ? dialogue->obstacle_of_waiting()
                                                             : dialogue->obstacle_of_leaving();
    return finish(End::no_tls, how + ", in the dialogue before STARTTLS");
  }
  if (auto* conversation = std::get_if<ConversationPtr>(&stage_)) {
    (*conversation)->stop(stop, how);
    return finish(End::agreed);
  }
  if (auto* trial = std::get_if<tls::offer::AnswerReader>(&stage_)) {
    trial->stop(end_of(stop), how);
    return finish(End::agreed);
  }
  if (auto* session = std::get_if<SessionPtr>(&stage_)) {
    result_.agreed = (*session)->agreed();
    result_.chain = (*session)->peer_chain();
    result_.stapled = (*session)->stapled();
  }
  const auto& agreed = result_.agreed;
  finish(tls_seen_ ? End::refused : End::no_tls,
         how + (hears_out_ ? ", after the TLS handshake" : ", in the TLS handshake") +
             (agreed.certificate_in_question
                  ? ", after " + tls::client_certificate_note(agreed.certificate_shown, agreed.wanted_keys)
                  : ""));
}

void Probe::finish(End end, std::string detail) {
  if (std::exchange(finished_, true)) return;
  result_.end = end;
  result_.detail = std::move(detail);
  if (auto* conversation = std::get_if<ConversationPtr>(&stage_)) {
    result_.answer = (*conversation)->answer();
  } else {
    result_.answer.detail = result_.detail;
  }
  if (auto* trial = std::get_if<tls::offer::AnswerReader>(&stage_))
    result_.trial = trial->answer();
  else
    result_.trial.detail = result_.detail;
  if (auto* session = std::get_if<SessionPtr>(&stage_); session != nullptr && request_.wants_ticket) {
    result_.saved = (*session)->take_saved_session();
    result_.ticket = tickets_.ticket();
  }
  timeout_.stop();
  segment_.stop();
  hearing_.stop();
  if (auto* session = std::get_if<SessionPtr>(&stage_);
      session != nullptr && hears_out_ && end == End::agreed) {
    (*session)->close_notify();
    net::flush(**session, *stream_);
  }
  if (stream_) stream_->close();
  report_.start({});
}

}  // namespace mailtap::probe
