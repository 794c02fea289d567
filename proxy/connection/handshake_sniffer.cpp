#include "proxy/connection/handshake_sniffer.h"

#include <optional>
#include <utility>

#include "config/base/words.h"
#include "inspect/mail/sasl.h"

namespace mailtap::proxy {

using tls::Sender;

namespace {

/// A handshake or alert record, or a client hello in SSLv2's format.
bool begins_tls(Bytes bytes) {
  return bytes[0] == tls::wire::handshake || (bytes[0] & 0x80) != 0;
}

/// What a line of a client that has asked to log in is: what it logs in with, something else, or nothing yet.
/// `sasl`: what it has said before.
std::optional<bool> brings_credentials(std::string_view line, inspect::SaslClient& sasl) {
  // A line that announces an IMAP literal brings at most the words before it.
  if (!inspect::carries_credentials(line) || line.ends_with('}')) return std::nullopt;
  auto rest = line;
  const auto verb = take_word(rest);
  const bool is_login = is_any_of(verb, {"PASS", "APOP"});
  const bool is_auth = is_any_of(verb, {"AUTH"});
  const auto noticed = [](bool brought) { return brought ? std::optional(true) : std::nullopt; };
  if (is_login) return noticed(!rest.empty());
  if (is_auth) {
    sasl = inspect::SaslClient(take_word(rest));
    return noticed(sasl.brings_credentials(rest));
  }
  if (is_any_of(verb, {"USER", "CAPA", "NOOP"})) return std::nullopt;
  // A word alone is the answer to a challenge or an IMAP literal's bytes, with more after it a command.
  if (!rest.empty() || is_any_of(verb, {"STLS", "QUIT", "RSET"})) return false;
  return noticed(sasl.brings_credentials(line));
}

}  // namespace

void HandshakeSniffer::see(Sender from, Bytes bytes, std::chrono::microseconds at) {
  if (bytes.empty()) return;
  switch (stage_) {
    case Stage::silent: return begin(from, bytes, at);
    case Stage::plaintext: return see_plaintext(from, bytes);
    case Stage::tls: return see_tls(from, bytes, at);
    case Stage::login: return see_login(from, as_text(bytes));
    case Stage::over: return;
  }
}

/// Who speaks first, and how, says what it will be.
void HandshakeSniffer::begin(Sender from, Bytes bytes, std::chrono::microseconds at) {
  if (from == Sender::client && begins_tls(bytes)) {
    stage_ = Stage::tls;
    tls_begun_ = true;
    return see_tls(from, bytes, at);
  }
  if (opening_.begins == starttls::Begins::with_hello) {
    if (from == Sender::server) return give_up("the server spoke first, in plaintext");
    const auto hello = tls::parse_client_hello(bytes);
    return give_up(hello ? "the client didn't begin with TLS" : hello.error().message);
  }
  stage_ = Stage::plaintext;
  // Nothing is refused: what would be, is relayed, and ends the watching.
  plaintext_.emplace(starttls::Rules{opening_.protocol, true});
  see_plaintext(from, bytes);
}

void HandshakeSniffer::see_plaintext(Sender from, Bytes bytes) {
  using State = starttls::PlaintextPhase::State;
  const auto state = from == Sender::client ? plaintext_->from_client(bytes) : plaintext_->from_server(bytes);
  // Everything has been relayed as it came.
  plaintext_->for_client();
  plaintext_->for_server();
  starttls_ = plaintext_->report();
  switch (state) {
    case State::going_on: return;
    case State::secured: stage_ = Stage::tls; break;
    case State::plain: return await_credentials();
    case State::over: give_up(plaintext_->ending().detail); break;
  }
  plaintext_.reset();
}

/// The command that ended the phase may be one that asks to log in, and brings nothing yet.
void HandshakeSniffer::await_credentials() {
  auto rest = plaintext_->unpassed_from_client();
  sasl_ = plaintext_->sasl();
  plaintext_.reset();
  const bool asked = starttls_->authentication != inspect::PlaintextStart::Authentication::none;
  stage_ = asked && !starttls_->credentials ? Stage::login : Stage::over;
  rest.erase(0, rest.find('\n') + 1);
  if (stage_ == Stage::login && !rest.empty()) see_login(Sender::client, rest);
}

/// Until the server has refused, or the client has said what it logs in with, or something else.
void HandshakeSniffer::see_login(Sender from, std::string_view text) {
  constexpr std::size_t longest = 16384;
  if (from == Sender::server) {
    // "334", "+ go", "+OK" and IMAP's untagged lines let it go on.
    const bool goes_on = text.starts_with('3') || text.starts_with('+') || text.starts_with('*');
    if (!goes_on) stage_ = Stage::over;
    return;
  }
  for (const char c : text) {
    if (c != '\n' && line_.size() < longest) line_ += c;
    if (c != '\n') continue;
    auto line = std::exchange(line_, {});
    if (line.ends_with('\r')) line.pop_back();
    const auto brought = brings_credentials(line, sasl_);
    if (!brought) continue;
    starttls_->credentials = *brought;
    stage_ = Stage::over;
    return;
  }
}

void HandshakeSniffer::see_tls(Sender from, Bytes bytes, std::chrono::microseconds at) {
  tls_begun_ = true;
  decoder_.see(from, bytes, at);
  // What one side says is no use without the other's.
  if (decoder_.over() || !facts().gave_up.empty()) stage_ = Stage::over;
}

void HandshakeSniffer::give_up(std::string why) {
  stage_ = Stage::over;
  gave_up_ = std::move(why);
}

}  // namespace mailtap::proxy
