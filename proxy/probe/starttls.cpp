#include "proxy/probe/starttls.h"

#include <algorithm>

#include "config/base/text.h"
#include "config/base/words.h"

namespace mailtap::probe {

namespace {

/// Far above what servers say before TLS.
constexpr std::size_t max_bytes = std::size_t{64} * 1024;
/// As much of the greeting as tells a server\'s program.
constexpr std::size_t max_greeting = 200;

/// LMTP's server knows no EHLO (RFC 2033 section 4.1).
constexpr std::string_view lmtp_greeting = "LHLO [127.0.0.1]\r\n";

struct Commands {
  std::string_view capabilities;
  std::string_view starttls;
};

Commands commands_of(Starttls protocol) {
  switch (protocol) {
    // An address literal is a right argument everywhere, and tells nothing of this machine (RFC 5321 4.1.4).
    case Starttls::smtp: return {"EHLO [127.0.0.1]\r\n", "STARTTLS\r\n"};
    case Starttls::pop3: return {"CAPA\r\n", "STLS\r\n"};
    case Starttls::imap: return {"a CAPABILITY\r\n", "b STARTTLS\r\n"};
    case Starttls::none: break;
  }
  return {};
}

bool begins(std::string_view line, std::string_view word) {
  return equal_ignoring_case(line.substr(0, word.size()), word);
}

bool first_word_is(std::string_view line, std::string_view word) {
  return equal_ignoring_case(line.substr(0, line.find_first_of(" \t")), word);
}

bool is_pop3(std::string_view line) {
  return first_word_is(line, "+OK") || first_word_is(line, "-ERR");
}

bool is_imap(std::string_view line) {
  return begins(line, "* ") || begins(line, "a ") || begins(line, "b ");
}

bool is_of(Starttls protocol, std::string_view line) {
  switch (protocol) {
    case Starttls::smtp: return is_smtp_reply(line);
    case Starttls::pop3: return is_pop3(line);
    case Starttls::imap: return is_imap(line);
    case Starttls::none: break;
  }
  return false;
}

bool is_readable(std::string_view line) {
  return !line.empty() &&
         std::all_of(line.begin(), line.end(), [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

}  // namespace

Starttls starttls_of(config::Protocol protocol) {
  switch (protocol) {
    case config::Protocol::smtp: return Starttls::smtp;
    case config::Protocol::pop3: return Starttls::pop3;
    case config::Protocol::imap: return Starttls::imap;
    default: return Starttls::none;
  }
}

std::string_view to_string(Starttls protocol) {
  switch (protocol) {
    case Starttls::none: return "none";
    case Starttls::smtp: return "smtp";
    case Starttls::pop3: return "pop3";
    case Starttls::imap: return "imap";
  }
  return {};
}

StarttlsDialogue::State StarttlsDialogue::feed(Bytes bytes) {
  held_ += as_text(bytes);
  taken_ += bytes.size();
  auto state = State::waiting;
  for (;;) {
    const auto end = held_.find('\n');
    if (end == std::string::npos) break;
    auto line = held_.substr(0, end);
    held_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    if (stage_ == Stage::greeting && greeting_.size() < max_greeting)
      greeting_ += (greeting_.empty() ? "" : " ") + line.substr(0, max_greeting - greeting_.size());
    switch (read(line)) {
      case Line::more: break;
      case Line::last:
        state = answered();
        if (state != State::speak) return state;
        break;
      case Line::refused:
        if (may_be_lmtp(line)) {
          say_ = lmtp_greeting;
          state = State::speak;
          break;
        }
        return fail(obstacle_of(line), "the server answered \"" + line.substr(0, 200) + "\"");
    }
  }
  if (taken_ > max_bytes)
    return fail(greeting_.empty() ? Obstacle::nothing_readable : Obstacle::out_of_turn,
                "the server said more than 64 KiB without coming to an end");
  return state;
}

StarttlsDialogue::State StarttlsDialogue::answered() {
  if (!may_come_unasked())
    return fail(Obstacle::out_of_turn,
                stage_ == Stage::starttls
                    ? "the server sent plain text after its answer to STARTTLS, where only TLS may follow: "
                      "somebody in between, or a faulty server"
                    : "the server sent more than it was asked for");
  const auto commands = commands_of(protocol_);
  switch (stage_) {
    case Stage::greeting:
      stage_ = Stage::capabilities;
      say_ = commands.capabilities;
      return State::speak;
    case Stage::capabilities:
      if (!offered_)
        return fail(is_rewritten() ? Obstacle::rewritten : Obstacle::not_offered,
                    "the server doesn't offer STARTTLS");
      stage_ = Stage::starttls;
      say_ = commands.starttls;
      return State::speak;
    case Stage::starttls: return State::secure;
  }
  return State::waiting;
}

/// The last line of a refusal of EHLO, for good, and nothing behind it.
bool StarttlsDialogue::may_be_lmtp(std::string_view line) const {
  const bool is_greeted = say_ == commands_of(Starttls::smtp).capabilities;
  return protocol_ == Starttls::smtp && stage_ == Stage::capabilities && is_greeted && is_smtp_reply(line) &&
         line.starts_with("50") && (line.size() == 3 || line[3] == ' ') && held_.empty();
}

/// What stands behind an answer. A tagged line of IMAP would be an answer too, before its question.
bool StarttlsDialogue::may_come_unasked() const {
  if (held_.empty()) return true;
  if (protocol_ != Starttls::imap || stage_ == Stage::starttls) return false;
  for (std::size_t at = 0; at < held_.size();) {
    if (held_[at] != '*') return false;
    const auto end = held_.find('\n', at);
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return true;
}

StarttlsDialogue::State StarttlsDialogue::fail(Obstacle obstacle, std::string error) {
  obstacle_ = obstacle;
  error_ = std::move(error);
  return State::failed;
}

/// `line` refuses what is under way.
Obstacle StarttlsDialogue::obstacle_of(std::string_view line) const {
  if (!is_readable(line)) return Obstacle::nothing_readable;
  if (!is_of(protocol_, line)) return Obstacle::other_protocol;
  if (begins(line, "* BYE")) return Obstacle::turned_away;
  if (stage_ == Stage::starttls) return Obstacle::refused;
  if (begins(line, "* PREAUTH")) return Obstacle::not_offered;
  if (stage_ == Stage::greeting) return Obstacle::turned_away;
  if (is_rewritten()) return Obstacle::rewritten;
  // It knows no such command (RFC 5321 section 4.2.2); anything else is about who asks.
  const bool is_unknown = protocol_ != Starttls::smtp || line.substr(0, 2) == "50";
  return is_unknown ? Obstacle::not_offered : Obstacle::turned_away;
}

/// As Cisco's firewalls do.
bool StarttlsDialogue::is_rewritten() const {
  return protocol_ == Starttls::smtp && (masked_ || greeting_.find("****") != std::string::npos);
}

Obstacle StarttlsDialogue::obstacle_of_leaving() const {
  return greeting_.empty() ? Obstacle::nothing_readable : Obstacle::turned_away;
}

Obstacle StarttlsDialogue::obstacle_of_waiting() const {
  return taken_ == 0 ? Obstacle::silent : greeting_.empty() ? Obstacle::nothing_readable : Obstacle::slow;
}

StarttlsDialogue::Line StarttlsDialogue::read(std::string_view line) {
  switch (protocol_) {
    case Starttls::smtp: return read_smtp(line);
    case Starttls::pop3: return read_pop3(line);
    case Starttls::imap: return read_imap(line);
    case Starttls::none: break;
  }
  return Line::refused;
}

/// Any 2xx agrees, as for Postfix and curl.
StarttlsDialogue::Line StarttlsDialogue::read_smtp(std::string_view line) {
  if (!is_smtp_reply(line) || line[0] != '2') return Line::refused;
  if (stage_ == Stage::capabilities && line.size() > 4) {
    const auto keyword = line.substr(4);
    offered_ = offered_ || first_word_is(keyword, "STARTTLS");
    masked_ = masked_ || begins(keyword, "XXXX");
  }
  return line.size() > 3 && line[3] == '-' ? Line::more : Line::last;
}

StarttlsDialogue::Line StarttlsDialogue::read_pop3(std::string_view line) {
  if (in_list_) {
    if (first_word_is(line, "STLS")) offered_ = true;
    in_list_ = line != ".";
    return in_list_ ? Line::more : Line::last;
  }
  const bool agreed = has_word(line.substr(0, line.find(' ')), "+OK");
  if (stage_ != Stage::capabilities) return agreed ? Line::last : Line::refused;
  if (agreed) {
    in_list_ = true;
    return Line::more;
  }
  // CAPA is an extension (RFC 2449): a server without it may still know STLS.
  offered_ = true;
  return begins(line, "-ERR") ? Line::last : Line::refused;
}

StarttlsDialogue::Line StarttlsDialogue::read_imap(std::string_view line) {
  if (stage_ == Stage::greeting) return begins(line, "* OK") ? Line::last : Line::refused;
  if (begins(line, "* BYE")) return Line::refused;
  if (begins(line, "* ")) {
    if (begins(line, "* CAPABILITY ") && has_word(line, "STARTTLS")) offered_ = true;
    return Line::more;
  }
  return begins(line, stage_ == Stage::capabilities ? "a OK" : "b OK") ? Line::last : Line::refused;
}

}  // namespace mailtap::probe
