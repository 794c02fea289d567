// One thing asked and answered on a relayed connection: an HTTP request with its response, a mail command
// with its reply. Taps fill these; there is no other way from decrypted bytes to the log.
//
// So nothing secret is written, by construction: a credential, cookie, token, subject or body has no field.
// What stands here is an enumeration, a number, a word out of a fixed table, or text made harmless by the tap
// that read it (a path by http::shown_path, a name by Pseudonyms).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/base/language.h"
#include "config/enums.h"

namespace mailtap::inspect {

using Microseconds = std::chrono::microseconds;

inline Microseconds since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<Microseconds>(std::chrono::steady_clock::now() - begin);
}

using config::Service;
inline constexpr std::size_t service_count = names_of(Service{}).size();

/// What an admin should know of an exchange beyond its status. Each has a sentence and a remedy.
enum class TrafficFinding {
  basic_over_tls,            ///< a password was sent as such, protected by TLS alone
  extended_protection,       ///< the server wants the client bound to its certificate, which it can't be here
  bound_to_presented,        ///< the client bound its authentication to the certificate that mailtap shows
  plaintext_authentication,  ///< credentials were sent before TLS began
  plaintext_session,         ///< TLS never began
  starttls_not_offered,      ///< the server didn't offer STARTTLS
  starttls_withdrawn,        ///< it offered STARTTLS and then refused it
  oauth_refused,             ///< a token was refused (XOAUTH2, OAUTHBEARER, Bearer)
  basic_off,                 ///< the server takes no password any more
  smtp_auth_off,             ///< the same of SMTP AUTH: 535 5.7.139, 550 5.7.30
  ews_blocked,               ///< EWS is refused to who has proven who he is
  throttled,                 ///< too many requests or connections: 429, Retry-After, 432 4.3.2
};
std::string_view to_string(TrafficFinding finding);
/// For a person: what it means, and what to do about it (empty: nothing).
std::string_view explain(TrafficFinding finding);
std::string_view remedy(TrafficFinding finding);

enum class AuthScheme { none, basic, digest, ntlm, negotiate, kerberos, bearer, other };
std::string_view to_string(AuthScheme scheme);

/// Where an exchange stands in authentication.
enum class AuthStage {
  none,
  offered,     ///< the server asks for credentials and got none
  challenged,  ///< a round of several: the client began and the server answered with a challenge
  accepted,    ///< complete, and the server let it pass
  refused,     ///< complete, and the server said no
};
std::string_view to_string(AuthStage stage);

/// Which certificate the client tied its authentication to (RFC 5929's tls-server-end-point).
enum class ChannelBinding {
  unknown,    ///< not told: no NTLM AUTHENTICATE message
  absent,     ///< the client bound to none, or to zeros
  presented,  ///< to the one that mailtap shows it
  server,     ///< to the server's own, another than the one shown
  both,       ///< the one shown is the server's own
  neither,    ///< to a third one
};
std::string_view to_string(ChannelBinding binding);

/// What NTLM messages said ([MS-NLMP] 2.2.1); names already hidden as the route asks.
struct NtlmDetails {
  std::uint32_t flags = 0;  ///< NegotiateFlags of the last message seen
  std::string target;       ///< the server's domain or name, from its CHALLENGE
  std::string domain;       ///< of the user, from AUTHENTICATE
  std::string user;
  bool message_integrity = false;  ///< AUTHENTICATE carries a MIC
  ChannelBinding binding = ChannelBinding::unknown;
};

struct Authentication {
  AuthScheme scheme = AuthScheme::none;
  AuthStage stage = AuthStage::none;
  std::optional<NtlmDetails> ntlm;
};

/// Of an exchange over HTTP/2 (RFC 9113): its stream, and how that ended before all was said.
struct Http2Stream {
  std::uint32_t number = 0;
  std::string_view ended_by{};  ///< RST_STREAM or GOAWAY; empty: neither
  std::string_view error{};     ///< which code that had (section 7), such as HTTP_1_1_REQUIRED
};

struct HttpPart {
  std::string_view method;    ///< out of a table; "other"
  std::string path;           ///< see http::shown_path
  std::string operation;      ///< EWS "GetFolder", ActiveSync "Sync", MAPI "Execute"; empty: none known
  std::string response_code;  ///< EWS "NoError", MAPI "0"; empty: none known
  bool upgraded = false;      ///< what followed is no HTTP
  std::optional<Http2Stream> http2{};
};

/// A command of SMTP, POP3 or IMAP. Names as the route shows them (Pseudonyms); empty: none was given.
struct MailPart {
  std::string_view command;               ///< out of a table; "other"
  std::uint64_t messages = 0;             ///< transferred by it
  std::uint64_t message_bytes = 0;        ///< of them
  std::uint64_t fetched = 0;              ///< IMAP: messages of which something was told (FETCH responses)
  std::optional<std::uint64_t> exists{};  ///< in the mailbox, by IMAP's EXISTS or POP3's STAT
  std::string user{};                     ///< of LOGIN, USER, APOP, and of AUTH PLAIN
  std::string mailbox{};                  ///< IMAP's; INBOX, which is everybody's, as such
  std::string address{};                  ///< of MAIL and RCPT
};

/// Common to all, then the protocol's own part.
struct Exchange {
  std::uint64_t number = 0;  ///< in its connection, from 1
  std::chrono::system_clock::time_point time;
  Service service = Service::http;
  std::string status;   ///< "200", "250", "+OK", "NO"; empty: the connection ended before
  bool failed = false;  ///< the protocol's status says so, or the operation's response code, or it is missing
  bool complete = true;             ///< both sides had said all when it was written
  std::uint64_t request_bytes = 0;  ///< with headers, as relayed
  std::uint64_t response_bytes = 0;
  Microseconds first_byte{-1};  ///< from the request's first byte to the response's; negative: none came
  Microseconds total{0};        ///< to the last byte of either
  Authentication authentication;
  std::vector<TrafficFinding> findings;
  std::optional<std::uint32_t> retry_after{};  ///< of throttled: the seconds that the server asks to wait
  std::variant<HttpPart, MailPart> part;
};
bool is_throttled(const Exchange& exchange);

/// What of a connection its exchanges are written with.
struct ExchangeContext {
  std::uint64_t connection = 0;
  std::string_view route;
  std::optional<config::VerdictWord> trust;  ///< trusted or untrusted; nothing: not judged
  std::optional<config::VerdictWord> name;   ///< match or mismatch; nothing: not judged
  Language language = Language::english;     ///< of the text's sentences
};

/// One line without the newline, the contract of docs/log.md.
std::string to_json(const Exchange& exchange, const ExchangeContext& context);
/// For people, as the connection's.
std::string to_text(const Exchange& exchange, const ExchangeContext& context, bool on_terminal = false);

/// A connection's exchanges in sum, for its line.
struct Traffic {
  std::optional<config::Protocol> protocol;  ///< nothing: it wasn't read
  std::uint64_t exchanges = 0;
  std::uint64_t failed = 0;
  std::vector<std::pair<Service, std::uint64_t>> services;  ///< in the order in which they were first seen
  std::vector<std::string> last_statuses;                   ///< of the last few, oldest first
  std::vector<TrafficFinding> findings;                     ///< each once
  std::optional<std::uint32_t> retry_after{};               ///< of throttled: the longest that was asked for
  std::string stopped;  ///< why the tap stopped following; empty: it didn't
};
void add(const Exchange& exchange, Traffic& to);

}  // namespace mailtap::inspect
