// What client and server say in plaintext until STARTTLS: everything that is said goes in, what may be passed
// on comes out. Knows bytes, not sockets.
//
//   client --from_client()--> [ PlaintextPhase ] --for_server()--> server
//          <--for_client()---                    <--from_server()--
//
// One command at a time: the client's next line is looked at when the server has answered the last, and an
// answer is passed on when it is whole. So it is certain what every line belongs to, and that nothing stands
// behind STARTTLS or behind the server's go-ahead: plaintext that would be taken for what TLS protects (RFC
// 3207 section 6; CVE-2011-0411) ends the connection.
//
// Passed on are commands that prepare TLS. What needs it (mail, credentials) is refused in the protocol's own
// words, and so is going on without TLS when the server doesn't offer it, or refuses: unless the route allows
// plaintext.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/base/bytes.h"
#include "inspect/ending.h"
#include "inspect/plaintext_start.h"
#include "proxy/starttls/dialect.h"

namespace mailtap::starttls {

struct Rules {
  std::optional<Protocol> protocol;  ///< nothing: told by the server's greeting
  bool allow_plaintext = false;
};

class PlaintextPhase {
 public:
  enum class State {
    going_on,
    secured,  ///< the go-ahead has been given: TLS begins on both sides
    plain,    ///< no TLS, and the route allows it: what comes is to be relayed as it is, unpassed() first
    over,     ///< ending() says why; what for_client() still holds is its last word
  };

  explicit PlaintextPhase(const Rules& rules);

  // Bytes in any segmentation. After secured, plain and over none of these is called again.
  State from_client(Bytes bytes);
  State from_server(Bytes bytes);
  State client_ended();
  State server_ended();

  /// What is to be sent now; hands it over.
  std::string for_client() { return std::exchange(for_client_, {}); }
  std::string for_server() { return std::exchange(for_server_, {}); }
  /// With plain: what came and was not passed on; hands it over.
  std::string unpassed_from_client() { return std::exchange(from_client_, {}); }
  std::string unpassed_from_server() { return std::exchange(from_server_, {}); }

  /// A last word to the client in its protocol, from mailtap, which ends the connection.
  std::string farewell(std::string_view why) const;

  /// Once it is known.
  std::optional<Protocol> protocol() const { return protocol_; }
  const inspect::PlaintextStart& report() const { return report_; }
  const inspect::Ending& ending() const { return ending_; }
  /// The server's greeting, or its answer, is what everybody waits for.
  bool awaits_server() const { return awaited_ != Awaited::nothing; }
  bool client_has_ended() const { return client_ended_; }
  /// With plain: what the client has said of an authentication that may go on.
  inspect::SaslClient sasl() const { return dialect_ ? dialect_->sasl() : inspect::SaslClient(); }
  /// The client has said something.
  bool client_spoke() const { return client_bytes_ > 0; }

 private:
  State advance();
  bool advance_client();
  bool advance_server();
  void read_command(std::string_view whole);
  void read_answer(std::string_view line);
  void answered(Answer answer);
  void set_protocol(Protocol protocol);
  bool recognise(std::string_view greeting);
  void refuse_command(Command command, std::size_t size);
  void note_refusal(std::string_view answer);
  void end_unused(inspect::Side side, bool with_farewell);
  void end(inspect::Reason reason, inspect::Side side, std::string detail);
  void end_with_farewell(inspect::Reason reason, inspect::Side side, const std::string& why);
  bool client_begins_tls() const;
  bool too_much() const;
  /// "smtp", for a person.
  std::string protocol_name() const { return protocol_ ? std::string(to_string(*protocol_)) : std::string(); }

  const bool allow_plaintext_;
  std::optional<Protocol> protocol_;
  std::unique_ptr<Dialect> dialect_;  // null: the protocol isn't known yet
  State state_ = State::going_on;
  Awaited awaited_ = Awaited::greeting;
  Command command_ = Command::other;  // the last that was passed on
  std::string from_client_;           // not yet looked at
  std::string from_server_;
  std::string answer_;       // its lines so far, not yet passed on
  std::string refusal_;      // with which the server was the last to turn the client away, printable
  std::string how_refused_;  // STARTTLS was; a sentence
  std::string for_client_;
  std::string for_server_;
  std::size_t client_bytes_ = 0;  // in all
  std::size_t server_bytes_ = 0;
  bool client_ended_ = false;
  bool login_begun_ = false;  // the client's last command was an authentication
  inspect::PlaintextStart report_;
  inspect::Ending ending_;
};

}  // namespace mailtap::starttls
