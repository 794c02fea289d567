#include "inspect/mail/smtp_tap.h"

#include <array>
#include <utility>

#include "config/base/text.h"
#include "config/base/words.h"

namespace mailtap::inspect {

namespace {

constexpr std::array<std::string_view, 17> commands{"EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA",
                                                    "BDAT", "RSET", "NOOP", "QUIT", "AUTH", "STARTTLS",
                                                    "VRFY", "EXPN", "HELP", "ETRN", "BURL"};
constexpr std::size_t max_line = 2048;

/// What stands between "<" and ">" after `keyword` (RFC 5321 section 4.1.2); empty: nothing, or no such
/// thing.
std::string_view address_of(std::string_view arguments, std::string_view keyword) {
  if (!equal_ignoring_case(arguments.substr(0, keyword.size()), keyword)) return {};
  arguments.remove_prefix(keyword.size());
  const auto begin = arguments.find('<');
  if (begin == std::string_view::npos) return {};
  bool quoted = false;
  for (std::size_t at = begin + 1; at < arguments.size(); ++at) {
    if (quoted && arguments[at] == '\\')
      ++at;
    else if (arguments[at] == '"')
      quoted = !quoted;
    else if (arguments[at] == '>' && !quoted)
      return arguments.substr(begin + 1, at - begin - 1);
  }
  return {};
}

}  // namespace

SmtpTap::SmtpTap(const TapContext& context, ExchangeSink& sink)
    : MailTap(Service::smtp, context, sink, max_line), greeted_(context.greeted) {}

void SmtpTap::client_line(const Line& line) {
  if (expect_ != Expect::command && waiting_.empty()) return stop("not SMTP");
  if (expect_ == Expect::message) {
    return message_line(line);
  }
  if (expect_ == Expect::authentication) {
    waiting_.front().request_bytes += line.size;
    answer_challenge(waiting_.front(), line.text);
    expect_ = Expect::command;
    return;
  }
  auto rest = line.text;
  const auto name = known_word(take_word(rest), commands);
  auto* command = add(name, line);
  if (command == nullptr) return;
  if (name == "AUTH") begin_authentication(*command, rest);
  if (name == "MAIL") command->part.address = shown(address_of(rest, "FROM:"));
  if (name == "RCPT") command->part.address = shown(address_of(rest, "TO:"));
  if (name == "BDAT") chunk(*command, rest);
  if (name == "RSET" || name == "EHLO" || name == "HELO" || name == "LHLO") chunked_ = 0;
}

/// DATA is the last command of a group (RFC 2920 section 3.1). Who doesn't wait for its answer has sent the
/// message, if the answer is 354, or else commands.
bool SmtpTap::holds_client() const {
  return expect_ == Expect::command && !waiting_.empty() && waiting_.back().name == "DATA" &&
         waiting_.back().part.messages == 0;
}

/// A message ends with CRLF.CRLF alone (RFC 5321 section 4.1.1.4). Servers that also take LF.LF or the like
/// say so by answering: until then such a line may be of the message, and what follows it no command.
void SmtpTap::message_line(const Line& line) {
  auto& data = waiting_.back();
  data.request_bytes += line.size;
  const bool dot = line.text == ".";
  if (dot && line.crlf && after_crlf_) return message_ended();
  // Without the stuffed dots (section 4.5.2).
  const auto size = line.size - (after_crlf_ && line.text.starts_with('.') ? 1 : 0);
  data.part.message_bytes += size;
  after_crlf_ = line.crlf;
  loose_end_.reset();
  if (dot) loose_end_ = size;
}

void SmtpTap::message_ended() {
  auto& part = waiting_.back().part;
  part.message_bytes -= std::exchange(loose_end_, std::nullopt).value_or(0);
  part.messages = 1;
  expect_ = Expect::command;
}

/// BDAT SIZE [LAST]: so many bytes follow at once, whatever the server will say.
void SmtpTap::chunk(Command& command, std::string_view arguments) {
  const auto size = number_of(take_word(arguments));
  if (!size || *size > (std::uint64_t{1} << 40)) return stop("a BDAT chunk without a size");
  from_client().pass_over(*size);
  command.request_bytes += *size;
  chunked_ += *size;
  if (!equal_ignoring_case(take_word(arguments), "LAST")) return;
  command.part.messages = 1;
  command.part.message_bytes = std::exchange(chunked_, 0);
}

void SmtpTap::server_line(const Line& line) {
  if (!is_smtp_reply(line.text)) return stop("not SMTP");
  if (!waiting_.empty() && greeted_) {
    note_answer(waiting_.front(), line);
    if (line.text[0] >= '4') note_refusal(waiting_.front(), line.text);
  }
  const bool last = line.text.size() == 3 || line.text[3] == ' ';
  if (last) replied(line, line.text.substr(0, 3));
}

void SmtpTap::replied(const Line& line, std::string_view code) {
  bool failed = code[0] >= '4';
  if (!std::exchange(greeted_, true)) return greeted(line, code, failed);
  if (waiting_.empty()) {
    // 421 may come at any time (RFC 5321 section 3.8).
    if (code == "421") return greeted(line, code, failed);
    return stop("an answer to nothing");
  }
  if (may_be_of_next()) return stop("a command that ends with LF alone");
  auto& command = waiting_.front();
  if (code[0] == '3') {  // the client's turn again, within the command
    if (command.name == "AUTH")
      expect_ = Expect::authentication;
    else if (command.name == "DATA" && waiting_.size() == 1)
      begin_message();
    else
      stop("an intermediate answer to a command that has none");
    return;
  }
  // What still comes of the message would be taken for commands.
  if (expect_ == Expect::message && !loose_end_) return stop("an answer in the middle of a message");
  if (expect_ == Expect::message) message_ended();
  expect_ = Expect::command;
  if (awaits_more(command, failed)) return;
  const bool secured = command.name == "STARTTLS" && !failed;
  answered(command, code, failed);
  if (secured) stop("TLS inside the connection");
}

/// A line that ends with LF alone is a command to one server, and to another the beginning of the one that
/// ends with CRLF (RFC 5321 section 2.3.8): whose answer this is can't be told. Where none has come, the
/// answer tells.
bool SmtpTap::may_be_of_next() {
  if (waiting_.front().crlf || takes_lf_) return false;
  for (const auto& command : waiting_)
    if (command.crlf) return true;
  takes_lf_ = true;
  return false;
}

void SmtpTap::begin_message() {
  expect_ = Expect::message;
  after_crlf_ = true;
  loose_end_.reset();
}

/// LMTP has an answer for each recipient after the message (RFC 2033 section 4.2); if one takes it, it was
/// transferred.
bool SmtpTap::awaits_more(Command& command, bool& failed) {
  if (command.name == "LHLO") lmtp_ = true;
  if (command.name == "RCPT" && !failed) ++recipients_;
  if (command.name == "MAIL" || command.name == "RSET" || command.name == "LHLO") recipients_ = 0;
  if (!lmtp_ || command.part.messages == 0) return false;
  taken_ = taken_ || !failed;
  if (recipients_ > 1) return --recipients_, true;
  recipients_ = 0;
  failed = !std::exchange(taken_, false);
  return false;
}

}  // namespace mailtap::inspect
