// What the taps of SMTP, POP3 and IMAP share: lines of both sides, and commands that wait for their answers.
//
// A command is remembered by a word out of a table, its times and its sizes. Of its arguments the names of
// users, mailboxes and addresses are kept as the route shows names (Pseudonyms), the authentication mechanism
// as an enumeration, and nothing else: what a client says within an authentication, a message or a literal is
// counted and passed over.
#pragma once

#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "inspect/mail/line_cutter.h"
#include "inspect/mail/sasl.h"
#include "inspect/tap.h"

namespace mailtap::inspect {

class MailTap : public Tap {
 public:
  void on_bytes(Flow flow, Bytes bytes, Instant now) final;
  void on_end(Flow, Instant) final {}
  void on_closed(Instant now) final;

 protected:
  using Line = LineCutter::Line;

  /// A command that was sent and isn't answered yet.
  struct Command {
    std::string_view name;    ///< out of a table; "other"
    std::string tag;          ///< IMAP's
    bool crlf = true;         ///< its line ends with CRLF, not with LF alone
    bool multi_line = false;  ///< POP3: its answer goes on after "+OK" until "."
    AuthScheme scheme = AuthScheme::none;
    bool is_plain = false;                    ///< its authentication is SASL's PLAIN
    SaslClient sasl{};                        ///< what the client has said of it
    bool credentials = false;                 ///< the client has sent something to log in with
    std::optional<TrafficFinding> refusal{};  ///< what its answer says, if that is a refusal
    MailPart part{};                          ///< but for its command
    std::uint64_t request_bytes = 0;
    std::uint64_t response_bytes = 0;
    Instant began{};
    std::optional<Instant> answered;  ///< the first byte of the answer
  };

  /// `longest`: how much of a line the protocol needs to see.
  MailTap(Service service, const TapContext& context, ExchangeSink& sink, std::size_t longest);

  // A line of either side, one after another.
  virtual void client_line(const Line& line) = 0;
  virtual void server_line(const Line& line) = 0;
  /// What the client says next can't be read before the server has answered: until then it is held.
  virtual bool holds_client() const { return false; }

  /// Adds a command to those that wait; null: there are too many, and the tap has stopped.
  Command* add(std::string_view name, const Line& line);
  /// `line` is part of the answer to `command`.
  static void note_answer(Command& command, const Line& line);
  /// The line of the answer that refuses the command, with what follows its status.
  static void note_refusal(Command& command, std::string_view reply);
  /// `command` has been answered by `status`: it is told, and forgotten.
  void answered(Command& command, std::string_view status, bool failed);
  /// What the server says before it is asked.
  void greeted(const Line& line, std::string_view status, bool failed);
  void stop(std::string_view why);

  /// A name as the route shows it.
  std::string shown(std::string_view name) const { return context_.pseudonyms.of(name); }
  /// Notes the mechanism of AUTH or AUTHENTICATE, and whose the initial response is, if there is one.
  void begin_authentication(Command& command, std::string_view arguments) const;
  /// A line that answers the server's challenge.
  void answer_challenge(Command& command, std::string_view answer) const;

  bool stopped() const { return stopped_; }
  bool greeted_before() const { return context_.greeted; }
  LineCutter& from_client() { return from_client_; }
  LineCutter& from_server() { return from_server_; }

  std::deque<Command> waiting_;  ///< the oldest first

 private:
  void read_client(Bytes bytes, Instant came);
  void hold(Bytes bytes, Instant came);
  void tell(const Command& command, std::string_view status, bool failed, bool complete);

  const Service service_;
  const TapContext& context_;
  ExchangeSink& sink_;
  LineCutter from_client_;
  LineCutter from_server_;
  std::string held_;      // of the client's bytes, not yet read
  Instant held_since_{};  // when the first of them came
  Instant now_{};
  bool stopped_ = false;
  unsigned unasked_ = 0;  // what the server has said without being asked
};

/// The first word of `line`, which is shortened by it and one blank.
std::string_view take_word(std::string_view& line);
/// All of `text` as a decimal number.
std::optional<std::uint64_t> number_of(std::string_view text);
/// The word of `table` that `word` is, letter case aside; "other" if none.
std::string_view known_word(std::string_view word, std::span<const std::string_view> table);
/// The identity in a PLAIN message in base64 (RFC 4616: authzid NUL authcid NUL password), which is decoded
/// up to the password and no further; empty: it isn't one.
std::string plain_identity(std::string_view base64);
/// Of a SASL mechanism's name.
AuthScheme scheme_of(std::string_view mechanism);

}  // namespace mailtap::inspect
