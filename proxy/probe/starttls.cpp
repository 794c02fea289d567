#include "proxy/probe/starttls.h"

#include "config/base/text.h"

namespace mailtap::probe {

namespace {

/// Far above what servers say before TLS.
constexpr std::size_t max_bytes = std::size_t{64} * 1024;
/// As much of the greeting as tells a server\'s program.
constexpr std::size_t max_greeting = 200;

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

/// `word` among those of `line`, letter case aside.
bool has_word(std::string_view line, std::string_view word) {
  while (!line.empty()) {
    const auto blank = line.find_first_of(" \t");
    if (equal_ignoring_case(line.substr(0, blank), word)) return true;
    line = blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1);
  }
  return false;
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
      case Line::last: return answered();
      case Line::refused: return fail("the server answered \"" + line.substr(0, 200) + "\"");
    }
  }
  if (taken_ > max_bytes) return fail("the server said more than 64 KiB without coming to an end");
  return State::waiting;
}

StarttlsDialogue::State StarttlsDialogue::answered() {
  if (!held_.empty())
    return fail(stage_ == Stage::starttls
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
      if (!offered_) return fail("the server doesn't offer STARTTLS");
      stage_ = Stage::starttls;
      say_ = commands.starttls;
      return State::speak;
    case Stage::starttls: return State::secure;
  }
  return State::waiting;
}

StarttlsDialogue::State StarttlsDialogue::fail(std::string error) {
  error_ = std::move(error);
  return State::failed;
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

StarttlsDialogue::Line StarttlsDialogue::read_smtp(std::string_view line) {
  if (line.substr(0, 3) != (stage_ == Stage::capabilities ? "250" : "220")) return Line::refused;
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return Line::refused;
  if (stage_ == Stage::capabilities && line.size() > 4 && first_word_is(line.substr(4), "STARTTLS"))
    offered_ = true;
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
