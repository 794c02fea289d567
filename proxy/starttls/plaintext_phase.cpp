#include "proxy/starttls/plaintext_phase.h"

#include <algorithm>

#include "config/base/ascii.h"
#include "config/base/words.h"

namespace mailtap::starttls {

using inspect::Reason;
using inspect::Side;
using Outcome = inspect::PlaintextStart::Outcome;

namespace {

/// Far above what is said before TLS, in one direction: a few hundred lines.
constexpr std::size_t most_bytes = std::size_t{64} * 1024;
/// RFC 9051 section 4 asks servers for 8192 and RFC 5321 for less.
constexpr std::size_t longest_line = 8192;
/// As much of a refusal as tells why.
constexpr std::size_t longest_refusal = 200;

constexpr std::string_view unknown_starttls =
    "; mailtap knows no STARTTLS of other protocols, which mode observe lets pass unread";

std::string take(std::size_t size, std::string& held) {
  auto taken = held.substr(0, size);
  held.erase(0, size);
  return taken;
}

std::string take_line(std::string& held) {
  return take(held.find('\n') + 1, held);
}

/// A record of TLS, or a client hello in SSLv2's form.
bool begins_tls(std::string_view bytes) {
  return !bytes.empty() && (bytes[0] == '\x16' || (static_cast<unsigned char>(bytes[0]) & 0x80) != 0);
}

/// A client of it speaks first (RFC 6120 section 4.2), and in vain, as the greeting is awaited.
bool begins_xmpp(std::string_view bytes) {
  return bytes.starts_with("<?xml") || bytes.starts_with("<stream:");
}

/// What answers a server's challenge in AUTH: one word in base64.
bool is_base64(std::string_view line) {
  constexpr std::string_view others = "+/=";
  return std::all_of(line.begin(), line.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || others.find(c) != std::string_view::npos;
  });
}

/// A server's line: 421, 554, -ERR, * BYE.
bool turns_away(std::string_view line) {
  if (line.starts_with('4') || line.starts_with('5')) return true;
  const auto word = take_word(line);
  return is_any_of(word, {"-ERR"}) || (word == "*" && is_any_of(take_word(line), {"BYE"}));
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
}

/// A server may take a lone CR for the end of a line, and see two commands where one was looked at.
bool is_clean(std::string_view command) {
  while (const auto line = first_line(command)) {
    if (line->size() > longest_line || std::any_of(line->begin(), line->end(), is_control)) return false;
    command.remove_prefix(command.find('\n') + 1);
  }
  return true;
}

}  // namespace

PlaintextPhase::PlaintextPhase(const Rules& rules) : allow_plaintext_(rules.allow_plaintext) {
  if (rules.protocol) set_protocol(*rules.protocol);
}

void PlaintextPhase::set_protocol(Protocol protocol) {
  protocol_ = protocol;
  dialect_ = Dialect::of(protocol);
  report_.protocol = protocol;
}

PlaintextPhase::State PlaintextPhase::from_client(Bytes bytes) {
  client_bytes_ += bytes.size();
  if (awaited_ == Awaited::answer && command_ == Command::starttls) {
    end_with_farewell(
        Reason::plaintext_injected, Side::downstream,
        "the client went on in plaintext after STARTTLS, where only TLS may follow: somebody in "
        "between, or a faulty client");
    return state_;
  }
  from_client_ += as_text(bytes);
  return advance();
}

PlaintextPhase::State PlaintextPhase::from_server(Bytes bytes) {
  server_bytes_ += bytes.size();
  from_server_ += as_text(bytes);
  return advance();
}

PlaintextPhase::State PlaintextPhase::client_ended() {
  client_ended_ = true;
  return advance();
}

PlaintextPhase::State PlaintextPhase::server_ended() {
  advance();
  if (state_ != State::going_on) return state_;
  const bool left = command_ == Command::leave;
  if (!left) note_refusal(answer_);
  end_unused(left ? Side::downstream : Side::upstream, awaits_server() && !left);
  return state_;
}

/// As far as it goes with what is there.
PlaintextPhase::State PlaintextPhase::advance() {
  while (state_ == State::going_on && (advance_server() || advance_client())) {
  }
  if (state_ != State::going_on) return state_;
  if (client_begins_tls())
    end(Reason::plaintext_error, Side::downstream,
        "the client began with TLS, where the server speaks first and in plaintext: point the client to a "
        "port "
        "for TLS from the start, or have it use STARTTLS");
  else if (awaited_ == Awaited::greeting && begins_xmpp(from_client_))
    end(Reason::plaintext_error, Side::downstream, "the client speaks XMPP" + std::string(unknown_starttls));
  else if (too_much())
    end_with_farewell(Reason::plaintext_error, awaits_server() ? Side::upstream : Side::downstream,
                      "more was said in plaintext than is needed to begin TLS");
  else if (client_ended_ && !awaits_server())
    end_unused(Side::downstream, false);
  return state_;
}

/// Where a literal may follow, any byte may be its first.
bool PlaintextPhase::client_begins_tls() const {
  return begins_tls(from_client_) && !(dialect_ && dialect_->command_goes_on());
}

bool PlaintextPhase::too_much() const {
  return client_bytes_ > most_bytes || server_bytes_ > most_bytes || from_client_.size() > 2 * longest_line ||
         from_server_.size() > longest_line;
}

// --- the server -------------------------------------------------------------------------------------------

/// False: there is no whole line.
bool PlaintextPhase::advance_server() {
  const auto line = first_line(from_server_);
  if (!line) return false;
  if (awaits_server()) {
    read_answer(*line);
    return true;
  }
  if (!dialect_->may_come_unasked(*line)) {
    end_with_farewell(Reason::plaintext_injected, Side::upstream,
                      "the server answered what it was not asked: somebody in between, or a faulty server");
    return true;
  }
  note_refusal(from_server_);
  for_client_ += take_line(from_server_);
  return true;
}

void PlaintextPhase::read_answer(std::string_view line) {
  const bool is_greeting = awaited_ == Awaited::greeting;
  if (!dialect_ && !recognise(line)) return;
  const auto answer = is_greeting ? dialect_->greeting(line) : dialect_->answer(line);
  if (answer == Answer::invalid)
    return end_with_farewell(Reason::plaintext_error, Side::upstream,
                             is_greeting ? "the server's greeting is not " + protocol_name()
                                         : "the server's answer is not " + protocol_name());
  answer_ += take_line(from_server_);
  if (answer != Answer::more) answered(answer);
}

bool PlaintextPhase::recognise(std::string_view greeting) {
  const auto protocol = protocol_of_greeting(greeting);
  if (!protocol) {
    end(Reason::plaintext_error, Side::upstream,
        "the server speaks neither SMTP, POP3 nor IMAP" + std::string(unknown_starttls));
    return false;
  }
  set_protocol(*protocol);
  return true;
}

void PlaintextPhase::answered(Answer answer) {
  const bool to_starttls = awaited_ == Awaited::answer && command_ == Command::starttls;
  if (to_starttls && !from_server_.empty() && answer == Answer::agreed)
    return end_with_farewell(Reason::plaintext_injected, Side::upstream,
                             "the server went on in plaintext after its go-ahead, where only TLS may follow: "
                             "somebody in between, or "
                             "a faulty server");

  report_.offered = dialect_->offers_starttls();
  if (report_.offered == false && !to_starttls) {
    report_.outcome = Outcome::not_offered;
    if (!allow_plaintext_)
      return end_with_farewell(Reason::starttls_not_offered, Side::upstream,
                               "the server does not offer STARTTLS");
  }

  if (command_ != Command::leave) refusal_.clear();
  note_refusal(answer_);
  for_client_ += std::exchange(answer_, {});
  awaited_ = Awaited::nothing;
  if (answer == Answer::refused && dialect_->may_be_misread())
    return end_with_farewell(
        Reason::plaintext_error, Side::upstream,
        "the server refused a command with a literal, whose bytes it may take for commands");
  if (!to_starttls) return;
  if (answer == Answer::agreed) {
    report_.outcome = Outcome::upgraded;
    state_ = State::secured;
    return;
  }
  report_.outcome = Outcome::refused;
  command_ = Command::other;
  how_refused_ = "the server answered STARTTLS with " + std::string(dialect_->status());
  if (!allow_plaintext_ && !dialect_->may_ask_again())
    end_with_farewell(Reason::starttls_refused, Side::upstream, how_refused_);
}

// --- the client -------------------------------------------------------------------------------------------

/// False: there is no whole line, or it is not its turn.
bool PlaintextPhase::advance_client() {
  if (awaits_server() || client_begins_tls()) return false;
  const auto size = dialect_->size_of_command(from_client_);
  if (size == 0) return false;
  read_command(std::string_view(from_client_).substr(0, size));
  return true;
}

void PlaintextPhase::read_command(std::string_view whole) {
  const auto size = whole.size();
  const auto line = *first_line(whole);
  const bool clean = is_clean(whole);
  const auto command = clean ? dialect_->command(whole) : Command::malformed;
  // Who began to log in may go on, whatever the answer was, or give up by "*" (RFC 4954 section 4).
  const bool unknown = command == Command::malformed || command == Command::other;
  if (clean && unknown && login_begun_ && is_base64(line) && dialect_->sasl().brings_credentials(line))
    report_.credentials = true;
  if (!unknown && command != Command::nothing)
    login_begun_ = command == Command::authentication;
  else if (line == "*")
    login_begun_ = false;
  switch (command) {
    case Command::malformed:
      return end_with_farewell(Reason::plaintext_error, Side::downstream,
                               "the client's line is no command of " + protocol_name());
    case Command::authentication:
    case Command::other: return refuse_command(command, size);
    case Command::nothing: take(size, from_client_); return;
    case Command::starttls:
    case Command::harmless:
    case Command::leave: break;
  }
  command_ = command;
  for_server_ += take(size, from_client_);
  awaited_ = Awaited::answer;
  if (command == Command::starttls && !from_client_.empty())
    end_with_farewell(
        Reason::plaintext_injected, Side::downstream,
        "plaintext came together with STARTTLS, where only TLS may follow: somebody in between, or "
        "a faulty client");
}

void PlaintextPhase::refuse_command(Command command, std::size_t size) {
  using Authentication = inspect::PlaintextStart::Authentication;
  if (command == Command::authentication)
    report_.authentication = allow_plaintext_ ? Authentication::relayed : Authentication::refused;
  if (command == Command::authentication && dialect_->carries_credentials()) report_.credentials = true;
  if (allow_plaintext_) {
    if (report_.outcome == Outcome::unfinished) report_.outcome = Outcome::not_asked;
    report_.relayed = true;
    state_ = State::plain;
    return;
  }
  take(size, from_client_);
  for_client_ += dialect_->needs_tls(command);
}

// --- the end ----------------------------------------------------------------------------------------------

/// Of what the server says, that alone is told on by which it turns the client away.
void PlaintextPhase::note_refusal(std::string_view answer) {
  const auto line = first_line(answer);
  if (!line || !turns_away(*line)) return;
  refusal_ = line->substr(0, longest_refusal);
  std::replace_if(
      refusal_.begin(), refusal_.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
}

/// The client left, or the server closed, before TLS was asked for, or after the server had refused it.
void PlaintextPhase::end_unused(Side side, bool with_farewell) {
  if (report_.outcome == Outcome::refused && !allow_plaintext_)
    return end(Reason::starttls_refused, Side::upstream, how_refused_);
  const std::string why = side == Side::downstream ? "the client left without asking for TLS"
                                                   : "the server closed the connection before TLS had begun";
  if (with_farewell)
    end_with_farewell(Reason::starttls_not_used, side, why);
  else
    end(Reason::starttls_not_used, side, why);
  if (!refusal_.empty()) ending_.detail += "; the server had answered \"" + refusal_ + "\"";
}

void PlaintextPhase::end(Reason reason, Side side, std::string detail) {
  state_ = State::over;
  ending_ = {reason, side, std::move(detail)};
}

void PlaintextPhase::end_with_farewell(Reason reason, Side side, const std::string& why) {
  for_client_ += farewell(why);
  for_server_.clear();
  end(reason, side, why);
}

std::string PlaintextPhase::farewell(std::string_view why) const {
  return dialect_ ? dialect_->farewell(awaited_, why) : std::string{};
}

}  // namespace mailtap::starttls
