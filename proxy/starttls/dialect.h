// What SMTP, POP3 and IMAP say before TLS, a line at a time, without its end. A dialect says what a line is;
// what follows from it is PlaintextPhase's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/enums.h"
#include "inspect/mail/sasl.h"

namespace mailtap::starttls {

using config::Protocol;  // here always smtp, pop3 or imap

/// What a server speaks by the beginning of its greeting; nothing: none of the three.
std::optional<Protocol> protocol_of_greeting(std::string_view line);

/// The first line of `held` without its end, if it is whole. "\n" alone ends a line too, as for most servers.
std::optional<std::string_view> first_line(std::string_view held);

/// What a client's line asks for.
enum class Command {
  harmless,        ///< to be greeted, capabilities, nothing
  leave,           ///< QUIT, LOGOUT
  starttls,        ///< STARTTLS, STLS
  authentication,  ///< would carry credentials, or begins to
  other,           ///< what else has to wait for TLS
  nothing,         ///< an empty line, which servers pass over
  malformed,       ///< no command line
};

/// What a server's line is to the greeting, or to the command under way.
enum class Answer {
  more,     ///< the answer goes on
  agreed,   ///< its last line, or one that asks for the rest of the command
  refused,  ///< the same, and it is a no
  invalid,  ///< nothing that may stand here
};

/// What mailtap's last word would be an answer to.
enum class Awaited { nothing, greeting, answer };

class Dialect {
 public:
  static std::unique_ptr<Dialect> of(Protocol protocol);
  virtual ~Dialect() = default;

  virtual Answer greeting(std::string_view line) = 0;
  /// How many bytes of what the client said its first command takes, to the end of its last line, or of that
  /// on which it waits for the server; 0: they aren't there yet.
  virtual std::size_t size_of_command(std::string_view held) const;
  /// All of these bytes; with all but malformed and nothing it is the command under way from now on.
  virtual Command command(std::string_view whole) = 0;
  /// What the client says next is the rest of the command under way, which the server has asked for.
  virtual bool command_goes_on() const { return false; }
  /// The command under way has lines that a server which refuses it may take for commands of their own.
  virtual bool may_be_misread() const { return false; }
  virtual Answer answer(std::string_view line) = 0;
  /// The server may say this though nothing was asked.
  virtual bool may_come_unasked(std::string_view line) const = 0;

  /// The last answer refused STARTTLS for what came before it: the client may mend that, and ask again.
  virtual bool may_ask_again() const { return false; }

  /// mailtap's answer to the command under way, which isn't passed on before TLS.
  virtual std::string needs_tls(Command command) const = 0;
  /// mailtap's last word to the client, as far as the protocol has one; `why` is one of our own sentences.
  virtual std::string farewell(Awaited awaited, std::string_view why) const = 0;

  /// Whether the last list of capabilities has STARTTLS; nothing: no list was seen yet.
  std::optional<bool> offers_starttls() const { return offers_starttls_; }
  /// The command under way is an authentication, and brings something to log in with.
  bool carries_credentials() const { return carries_credentials_; }
  /// What the client has said of the last authentication, which may go on.
  inspect::SaslClient& sasl() { return sasl_; }
  /// The status of the answer's last line, out of a fixed set: "454", "-ERR", "NO".
  std::string_view status() const { return status_; }

 protected:
  /// `arguments` of AUTH or AUTHENTICATE: the mechanism, and its initial response if there is one.
  void begin_sasl(std::string_view arguments);
  void log_in_without_sasl(bool with_credentials);

  std::optional<bool> offers_starttls_;
  bool carries_credentials_ = false;
  inspect::SaslClient sasl_;
  std::string status_;
};

}  // namespace mailtap::starttls
