#include "inspect/mail/imap_tap.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/base/text.h"

namespace mailtap::inspect {

namespace {

constexpr std::array<std::string_view, 41> commands{
    "CAPABILITY", "NOOP",         "LOGOUT",      "STARTTLS", "AUTHENTICATE", "LOGIN",      "ENABLE",
    "SELECT",     "EXAMINE",      "CREATE",      "DELETE",   "RENAME",       "SUBSCRIBE",  "UNSUBSCRIBE",
    "LIST",       "LSUB",         "NAMESPACE",   "STATUS",   "APPEND",       "IDLE",       "CLOSE",
    "UNSELECT",   "EXPUNGE",      "SEARCH",      "FETCH",    "STORE",        "COPY",       "MOVE",
    "ID",         "COMPRESS",     "GETQUOTA",    "SORT",     "THREAD",       "NOTIFY",     "CHECK",
    "GETACL",     "GETQUOTAROOT", "GETMETADATA", "XLIST",    "MYRIGHTS",     "SETMETADATA"};
constexpr std::array<std::string_view, 8> uid_commands{"FETCH", "STORE",   "COPY", "SEARCH",
                                                       "MOVE",  "EXPUNGE", "SORT", "THREAD"};
constexpr std::array<std::string_view, 9> with_uid{"UID FETCH",  "UID STORE",  "UID COPY",
                                                   "UID SEARCH", "UID MOVE",   "UID EXPUNGE",
                                                   "UID SORT",   "UID THREAD", "other"};

std::string_view command_of(std::string_view verb, std::string_view rest) {
  if (!equal_ignoring_case(verb, "UID")) return known_word(verb, commands);
  const auto word = known_word(take_word(rest), uid_commands);
  const auto at = std::find(uid_commands.begin(), uid_commands.end(), word) - uid_commands.begin();
  return with_uid[static_cast<std::size_t>(at)];
}

/// Lists of messages and responses with envelopes make long lines.
constexpr std::size_t max_line = std::size_t{64} * 1024;
constexpr std::size_t max_tag = 64;

/// A literal that is a whole message: "BODY[] {310}", "BODY[]<0> {310}", "RFC822 {310}".
bool is_message(std::string_view before_literal) {
  before_literal = before_literal.substr(0, before_literal.find_last_not_of(" ~") + 1);  // "~{5}": literal8
  const auto space = before_literal.find_last_of(" (");
  auto item = space == std::string_view::npos ? before_literal : before_literal.substr(space + 1);
  item = item.substr(0, item.find('<'));
  return equal_ignoring_case(item, "BODY[]") || equal_ignoring_case(item, "BINARY[]") ||
         equal_ignoring_case(item, "RFC822");
}

constexpr std::array<std::string_view, 13> with_mailbox{
    "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME",   "SUBSCRIBE", "UNSUBSCRIBE",
    "STATUS", "APPEND",  "COPY",   "MOVE",   "UID COPY", "UID MOVE"};
bool names_mailbox(std::string_view command) {
  return std::find(with_mailbox.begin(), with_mailbox.end(), command) != with_mailbox.end();
}

/// An astring (RFC 9051 section 9) and the space after it are taken from `line`; empty: it isn't there, or is
/// a literal.
std::string take_string(std::string_view& line) {
  if (!line.starts_with('"')) {
    const auto word = take_word(line);
    return word.starts_with('{') ? std::string() : std::string(word);
  }
  std::string text;
  for (std::size_t at = 1; at < line.size(); ++at) {
    if (line[at] == '"') {
      line.remove_prefix(std::min(at + 2, line.size()));
      return text;
    }
    if (line[at] == '\\') ++at;
    if (at < line.size()) text += line[at];
  }
  line = {};
  return {};
}

}  // namespace

ImapTap::ImapTap(const TapContext& context, ExchangeSink& sink)
    : MailTap(Service::imap, context, sink, max_line), greeted_(context.greeted) {}

std::optional<ImapTap::Literal> ImapTap::literal_of(const Line& line) {
  auto text = line.text;
  if (line.cut || !text.ends_with('}')) return std::nullopt;
  text.remove_suffix(1);
  const bool unasked = text.ends_with('+');
  if (unasked) text.remove_suffix(1);
  const auto brace = text.rfind('{');
  if (brace == std::string_view::npos) return std::nullopt;
  text.remove_prefix(brace + 1);
  const auto size = number_of(text);
  if (!size || *size > (std::uint64_t{1} << 40)) return std::nullopt;
  return Literal{*size, unasked};
}

ImapTap::Command* ImapTap::of_tag(std::string_view tag) {
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& each) { return each.tag == tag; });
  return found == waiting_.end() ? nullptr : &*found;
}

// --- the client -------------------------------------------------------------------------------------------

void ImapTap::client_line(const Line& line) {
  if (line.cut) return stop("a line that is too long");
  if (sending_tag_.empty()) return begin_command(line);
  auto* command = of_tag(sending_tag_);
  if (command == nullptr) {
    // It was answered before it had ended: what comes now begins another.
    sending_tag_.clear();
    return begin_command(line);
  }
  command->request_bytes += line.size;
  if (answers_) {  // of AUTHENTICATE, or IDLE's DONE; more may be asked for
    answers_ = false;
    answer_challenge(*command, line.text);
    sending_tag_.clear();
    return;
  }
  // A LOGIN is whole, or its words follow whatever the server says.
  const auto literal = literal_of(line);
  if (command->name == "LOGIN" && (!literal || literal->unasked)) command->credentials = true;
  client_literal(line);
}

void ImapTap::begin_command(const Line& line) {
  auto rest = line.text;
  const auto tag = take_word(rest);
  const auto verb = take_word(rest);
  if (verb.empty() && equal_ignoring_case(tag, "DONE")) {
    // IDLE's end, sent ahead of its "+", or when the server had ended it already.
    for (auto& waiting : waiting_)
      if (waiting.name == "IDLE") return static_cast<void>(waiting.request_bytes += line.size);
    return;
  }
  if (tag.empty() || tag.size() > max_tag || verb.empty()) return stop("not IMAP");
  auto* command = add(command_of(verb, rest), line);
  if (command == nullptr) return;
  command->tag = tag;
  note_names(*command, rest);
  sending_tag_ = tag;
  client_literal(line);
}

void ImapTap::note_names(Command& command, std::string_view arguments) const {
  if (command.name == "LOGIN") {
    command.scheme = AuthScheme::basic;
    command.credentials = login_brings_password(arguments);
    const auto user = take_string(arguments);
    // What stands alone may be anything, a password too.
    if (!arguments.empty()) command.part.user = shown(user);
  } else if (command.name == "AUTHENTICATE") {
    begin_authentication(command, arguments);
  } else if (names_mailbox(command.name)) {
    if (command.name.ends_with("COPY") || command.name.ends_with("MOVE")) {
      if (command.name.starts_with("UID ")) take_word(arguments);
      take_word(arguments);  // the messages
    }
    const auto mailbox = take_string(arguments);
    command.part.mailbox = equal_ignoring_case(mailbox, "INBOX") ? "INBOX" : shown(mailbox);
  }
}

/// The command goes on with a literal, or is complete.
void ImapTap::client_literal(const Line& line) {
  auto& command = *of_tag(sending_tag_);
  const auto literal = literal_of(line);
  if (!literal) return sending_tag_.clear();
  if (command.name == "APPEND") {
    // One message each, but for a mailbox's name or a catenated part, which are in literals seldom enough.
    ++command.part.messages;
    command.part.message_bytes += literal->size;
  }
  if (!literal->unasked) {
    asks_literal_ = literal->size;
    return;
  }
  command.request_bytes += literal->size;
  from_client().pass_over(literal->size);
}

// --- the server -------------------------------------------------------------------------------------------

void ImapTap::server_line(const Line& line) {
  if (line.cut) return stop("a line that is too long");
  if (in_response_) {
    if (!waiting_.empty()) note_answer(waiting_.front(), line);
    return server_literal(line);
  }
  auto rest = line.text;
  const auto first = take_word(rest);
  if (first == "*") return untagged(line, rest);
  if (!greeted_) return stop("not IMAP");
  if (first == "+") return continued();
  tagged(line, first, rest);
}

/// Counted for the oldest command that waits; responses may come unasked too.
void ImapTap::untagged(const Line& line, std::string_view rest) {
  const auto word = take_word(rest);
  static constexpr std::array<std::string_view, 5> states{"OK", "NO", "BAD", "BYE", "PREAUTH"};
  const auto state = known_word(word, states);
  if (!greeted_ && state == "other") return stop("not IMAP");
  if (!std::exchange(greeted_, true)) return greeted(line, state, state != "OK" && state != "PREAUTH");
  if (!waiting_.empty()) note_answer(waiting_.front(), line);
  if (state != "other") return;  // text for people follows, which may end like a literal
  const auto number = number_of(word);
  const auto what = number ? take_word(rest) : std::string_view{};
  in_fetch_ = equal_ignoring_case(what, "FETCH");
  if (!waiting_.empty()) {
    auto& part = waiting_.front().part;
    if (in_fetch_) ++part.fetched;
    if (equal_ignoring_case(what, "EXISTS")) part.exists = number;
  }
  server_literal(line);
}

void ImapTap::server_literal(const Line& line) {
  const auto literal = literal_of(line);
  in_response_ = literal.has_value();
  if (!literal) return;
  from_server().pass_over(literal->size);
  if (waiting_.empty()) return;
  auto& command = waiting_.front();
  command.response_bytes += literal->size;
  if (!in_fetch_) return;
  command.part.message_bytes += literal->size;
  if (is_message(line.text.substr(0, line.text.rfind('{')))) ++command.part.messages;
}

/// "+": the client's turn, with the literal that it asked for, or within AUTHENTICATE or IDLE.
void ImapTap::continued() {
  if (const auto size = std::exchange(asks_literal_, std::nullopt)) {
    if (auto* command = of_tag(sending_tag_)) command->request_bytes += *size;
    return from_client().pass_over(*size);
  }
  const auto asking = std::find_if(waiting_.begin(), waiting_.end(), [](const auto& command) {
    return command.name == "AUTHENTICATE" || command.name == "IDLE";
  });
  if (asking == waiting_.end()) return;
  sending_tag_ = asking->tag;
  answers_ = true;
}

void ImapTap::tagged(const Line& line, std::string_view tag, std::string_view rest) {
  auto* command = of_tag(tag);
  static constexpr std::array<std::string_view, 3> states{"OK", "NO", "BAD"};
  const auto state = known_word(take_word(rest), states);
  // A DONE that came too late, taken for a command.
  if (command == nullptr && equal_ignoring_case(tag, "DONE") && state == "BAD") return;
  if (command == nullptr || state == "other") return stop("not IMAP");
  if (sending_tag_ == tag) {  // refused before its literal, or its answer, was sent
    sending_tag_.clear();
    asks_literal_.reset();
    answers_ = false;
  }
  note_answer(*command, line);
  if (state != "OK") note_refusal(*command, rest);
  const auto name = command->name;
  answered(*command, state, state != "OK");
  if (state != "OK") return;
  if (name == "STARTTLS") stop("TLS inside the connection");
  if (name == "COMPRESS") stop("compressed from here on (COMPRESS=DEFLATE)");
}

}  // namespace mailtap::inspect
