#include "inspect/mail/mail_tap.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "config/base/text.h"
#include "inspect/refusal.h"

namespace mailtap::inspect {

namespace {

Microseconds between(Instant from, Instant to) {
  return std::chrono::duration_cast<Microseconds>(to - from);
}

}  // namespace

MailTap::MailTap(Service service, const TapContext& context, ExchangeSink& sink, std::size_t longest)
    : service_(service), context_(context), sink_(sink), from_client_(longest), from_server_(longest) {}

void MailTap::on_bytes(Flow flow, Bytes bytes, Instant now) {
  now_ = now;
  if (flow == Flow::to_upstream) return read_client(bytes, now);
  while (!stopped_) {
    const auto line = from_server_.next(bytes, now);
    if (!line) return;
    server_line(*line);
    if (held_.empty() || holds_client()) continue;
    const auto held = std::exchange(held_, {});
    read_client(as_bytes(held), held_since_);
  }
}

void MailTap::read_client(Bytes bytes, Instant came) {
  while (!stopped_) {
    if (holds_client()) return hold(bytes, came);
    const auto line = from_client_.next(bytes, came);
    if (!line) return;
    client_line(*line);
  }
}

void MailTap::hold(Bytes bytes, Instant came) {
  constexpr std::size_t max_held = std::size_t{64} * 1024;
  if (bytes.size() > max_held - held_.size()) return stop("too much sent ahead of the answer to DATA");
  if (held_.empty()) held_since_ = came;
  held_ += as_text(bytes);
}

void MailTap::on_closed(Instant now) {
  now_ = now;
  while (!waiting_.empty()) {
    tell(waiting_.front(), {}, true, false);
    waiting_.pop_front();
  }
}

void MailTap::begin_authentication(Command& command, std::string_view arguments) const {
  const auto mechanism = take_word(arguments);
  command.scheme = scheme_of(mechanism);
  command.sasl = SaslClient(mechanism);
  command.is_plain = equal_ignoring_case(mechanism, "PLAIN");
  if (!arguments.empty()) answer_challenge(command, arguments);
}

void MailTap::answer_challenge(Command& command, std::string_view answer) const {
  if (command.sasl.brings_credentials(answer)) command.credentials = true;
  if (command.is_plain && command.part.user.empty()) command.part.user = shown(plain_identity(answer));
}

MailTap::Command* MailTap::add(std::string_view name, const Line& line) {
  constexpr std::size_t max_waiting = 256;
  if (waiting_.size() == max_waiting) {
    stop("too many commands without an answer");
    return nullptr;
  }
  auto& command = waiting_.emplace_back();
  command.name = name;
  command.crlf = line.crlf;
  command.request_bytes = line.size;
  command.began = line.began;
  return &command;
}

void MailTap::note_answer(Command& command, const Line& line) {
  command.response_bytes += line.size;
  if (!command.answered) command.answered = line.began;
}

void MailTap::note_refusal(Command& command, std::string_view reply) {
  if (!command.refusal) command.refusal = finding_of_reply(reply, command.scheme);
}

void MailTap::answered(Command& command, std::string_view status, bool failed) {
  tell(command, status, failed, true);
  const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                               [&](const auto& waiting) { return &waiting == &command; });
  if (at != waiting_.end()) waiting_.erase(at);
}

void MailTap::greeted(const Line& line, std::string_view status, bool failed) {
  // A greeting, and a farewell; who goes on answers to nothing, and could fill the log with it.
  if (++unasked_ > 2) return stop("an answer to nothing");
  Command greeting;
  greeting.name = "greeting";
  greeting.began = line.began;
  note_answer(greeting, line);
  tell(greeting, status, failed, true);
}

void MailTap::stop(std::string_view why) {
  if (std::exchange(stopped_, true)) return;
  held_ = {};
  on_closed(now_);
  sink_.on_stopped(why);
}

void MailTap::tell(const Command& command, std::string_view status, bool failed, bool complete) {
  Exchange exchange;
  exchange.time = context_.wall(command.began);
  exchange.service = service_;
  exchange.status = status;
  exchange.failed = failed;
  exchange.complete = complete;
  exchange.request_bytes = command.request_bytes;
  exchange.response_bytes = command.response_bytes;
  if (command.answered) exchange.first_byte = between(command.began, *command.answered);
  exchange.total = between(command.began, now_);
  if (command.scheme != AuthScheme::none) {
    exchange.authentication.scheme = command.scheme;
    exchange.authentication.stage = !complete ? AuthStage::challenged
                                    : failed  ? AuthStage::refused
                                              : AuthStage::accepted;
    // A command alone gives nothing away.
    if (context_.plaintext && command.credentials)
      exchange.findings.push_back(TrafficFinding::plaintext_authentication);
    else if (!context_.plaintext && command.credentials && command.scheme == AuthScheme::basic)
      exchange.findings.push_back(TrafficFinding::basic_over_tls);
  }
  if (failed && command.refusal) exchange.findings.push_back(*command.refusal);
  // A message that wasn't accepted wasn't transferred.
  auto part = command.part;
  part.command = command.name;
  if (failed) part.messages = part.message_bytes = 0;
  exchange.part = std::move(part);
  sink_.on_exchange(std::move(exchange));
}

std::string_view take_word(std::string_view& line) {
  const auto space = line.find_first_of(" \t");
  const auto word = line.substr(0, space);
  line = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
  return word;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return number;
}

std::string_view known_word(std::string_view word, std::span<const std::string_view> table) {
  for (const auto known : table)
    if (equal_ignoring_case(word, known)) return known;
  return "other";
}

std::string plain_identity(std::string_view base64) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t longest = 255;
  std::string identity;
  unsigned nuls = 0, bits = 0, held = 0;
  for (const char c : base64) {
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) return {};
    held = (held << 6U | static_cast<unsigned>(digit)) & 0xfffU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const auto byte = static_cast<char>(held >> bits & 0xffU);
    if (byte == '\0' && ++nuls == 2) return identity;
    if (byte != '\0' && nuls == 1) identity += byte;
    if (identity.size() > longest) return {};
  }
  return {};
}

AuthScheme scheme_of(std::string_view mechanism) {
  const auto is = [&](std::string_view name) { return equal_ignoring_case(mechanism, name); };
  const auto begins = [&](std::string_view name) {
    return equal_ignoring_case(mechanism.substr(0, name.size()), name);
  };
  if (is("PLAIN") || is("LOGIN")) return AuthScheme::basic;
  if (is("CRAM-MD5") || is("DIGEST-MD5") || begins("SCRAM-")) return AuthScheme::digest;
  if (is("NTLM")) return AuthScheme::ntlm;
  if (is("GSSAPI")) return AuthScheme::kerberos;
  if (is("GSS-SPNEGO")) return AuthScheme::negotiate;
  if (is("XOAUTH2") || is("OAUTHBEARER")) return AuthScheme::bearer;
  return AuthScheme::other;
}

}  // namespace mailtap::inspect
