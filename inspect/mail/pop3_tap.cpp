#include "inspect/mail/pop3_tap.h"

#include <array>
#include <utility>

#include "config/base/text.h"

namespace mailtap::inspect {

namespace {

constexpr std::array<std::string_view, 17> commands{"USER", "PASS", "APOP", "AUTH", "STLS", "CAPA",
                                                    "STAT", "LIST", "RETR", "DELE", "NOOP", "RSET",
                                                    "TOP",  "UIDL", "QUIT", "UTF8", "LANG"};
constexpr std::size_t max_line = 2048;

bool has_multi_line_answer(std::string_view command, bool with_arguments) {
  if (command == "CAPA" || command == "RETR" || command == "TOP") return true;
  const bool lists = command == "LIST" || command == "UIDL" || command == "AUTH" || command == "LANG";
  return lists && !with_arguments;
}

}  // namespace

Pop3Tap::Pop3Tap(const TapContext& context, ExchangeSink& sink)
    : MailTap(Service::pop3, context, sink, max_line), greeted_(context.greeted) {}

void Pop3Tap::client_line(const Line& line) {
  // The client took LF.LF for the end of the list: it knows what it speaks to.
  if (in_list_ && loose_end_ && waiting_.size() == 1) list_ended();
  if (std::exchange(authenticating_, false) && !waiting_.empty()) {
    waiting_.front().request_bytes += line.size;
    answer_challenge(waiting_.front(), line.text);
    return;
  }
  auto rest = line.text;
  const auto name = known_word(take_word(rest), commands);
  auto* command = add(name, line);
  if (command == nullptr) return;
  command->multi_line = has_multi_line_answer(name, !rest.empty());
  // One word is the name. What else there is could be a password.
  if (name == "USER" || name == "APOP") command->part.user = shown(take_word(rest));
  if (name == "PASS") command->scheme = AuthScheme::basic;
  if (name == "APOP") command->scheme = AuthScheme::digest;
  if (name == "PASS" || name == "APOP") command->credentials = !rest.empty();
  if (name == "AUTH" && !rest.empty()) begin_authentication(*command, rest);
}

void Pop3Tap::server_line(const Line& line) {
  auto rest = line.text;
  const auto status = take_word(rest);
  const bool agreed = equal_ignoring_case(status, "+OK");
  const bool refused = equal_ignoring_case(status, "-ERR");
  if (!greeted_) {
    if (!agreed && !refused) return stop("not POP3");
    greeted_ = true;
    return greeted(line, agreed ? "+OK" : "-ERR", refused);
  }
  if (waiting_.empty()) {
    // A server that has waited too long says so before it closes.
    if (refused) return greeted(line, "-ERR", true);
    return stop("an answer to nothing");
  }
  auto& command = waiting_.front();
  note_answer(command, line);
  if (in_list_) {
    const bool begins_line = after_crlf_ || !by_crlf_;
    const bool dot = line.text == ".";
    if (dot && begins_line && (line.crlf || !by_crlf_)) return list_ended();
    after_crlf_ = line.crlf;
    const bool message = command.name == "RETR" || command.name == "TOP";
    const auto size = message ? line.size - (begins_line && line.text.starts_with('.') ? 1 : 0) : 0;
    command.part.message_bytes += size;  // without the stuffed dots (RFC 1939 section 3)
    loose_end_.reset();
    if (dot) loose_end_ = size;
    return;
  }
  if (status == "+" && command.name == "AUTH") {
    authenticating_ = true;
    return;
  }
  if (!agreed && !refused) return stop("not POP3");
  if (agreed && command.name == "STAT") command.part.exists = number_of(take_word(rest));
  if (agreed && command.multi_line) {
    in_list_ = true;
    // Of a server that ends its lines with LF the end of a list is LF.LF.
    by_crlf_ = after_crlf_ = line.crlf;
    return;
  }
  authenticating_ = false;
  if (refused) note_refusal(command, rest);
  const bool secured = agreed && command.name == "STLS";
  answered(command, agreed ? "+OK" : "-ERR", refused);
  if (secured) stop("TLS inside the connection");
}

void Pop3Tap::list_ended() {
  auto& command = waiting_.front();
  command.part.message_bytes -= std::exchange(loose_end_, std::nullopt).value_or(0);
  in_list_ = false;
  if (command.name == "RETR") command.part.messages = 1;
  answered(command, "+OK", false);
}

}  // namespace mailtap::inspect
