// The dialogue in plain text that comes before TLS with STARTTLS: what the server says goes in, what is to be
// said comes out.
//
//   smtp  <- 220 greeting    -> EHLO [127.0.0.1]   <- 250- lines with STARTTLS   -> STARTTLS     <- 220
//   lmtp  <- 220 greeting    -> EHLO [127.0.0.1]   <- 500   -> LHLO [127.0.0.1]  and so on as smtp (RFC 2033)
//   pop3  <- +OK greeting    -> CAPA               <- +OK, lines with STLS, .    -> STLS         <- +OK
//   imap  <- * OK greeting   -> a CAPABILITY       <- * CAPABILITY, a OK         -> b STARTTLS   <- b OK
//
// Nothing may follow an answer before the next command was sent: what came in plain text must not be taken
// for what was encrypted (RFC 3207 section 6; the attack is CVE-2011-0411's). IMAP's untagged responses may
// come at any time (RFC 3501 sections 2.2.2 and 7), but not behind the answer to STARTTLS.
#pragma once

#include <string>
#include <string_view>

#include "config/base/bytes.h"
#include "config/enums.h"

namespace mailtap::probe {

/// How TLS begins.
enum class Starttls {
  none,  ///< at once
  smtp,  ///< after a dialogue in plain text: RFC 3207
  pop3,  ///< RFC 2595 section 4
  imap,  ///< RFC 2595 section 3, RFC 9051 section 6.2.1
};
std::string_view to_string(Starttls protocol);
/// Of a route's protocol, or of a connection that began in plain text; none where it has no such dialogue.
Starttls starttls_of(config::Protocol protocol);

/// Why it doesn't come to TLS.
enum class Obstacle {
  none,
  nothing_readable,  ///< or nothing at all: it may begin with TLS at once
  other_protocol,    ///< words, and none of this protocol
  turned_away,       ///< the server doesn't serve this address, or not now: 421, 554, -ERR, BYE, or it leaves
  not_offered,
  rewritten,    ///< not offered, and what it says is rewritten on the way: "XXXXXXXA", "220 ****"
  refused,      ///< offered, and then answered with a no
  out_of_turn,  ///< it said what it wasn't asked
  silent,       ///< the time was over before it said a word
  slow,         ///< or after that
};

class StarttlsDialogue {
 public:
  enum class State {
    waiting,  ///< for more of the server's words
    speak,    ///< say() is to be sent
    secure,   ///< TLS begins now
    failed,   ///< error() and obstacle() say why
  };

  /// `protocol` isn't none.
  explicit StarttlsDialogue(Starttls protocol) : protocol_(protocol) {}

  /// What the server said, in any segmentation. After secure and failed it isn't called again.
  State feed(Bytes bytes);
  /// With speak: the command, its line's end included; static.
  std::string_view say() const { return say_; }
  const std::string& error() const { return error_; }
  Obstacle obstacle() const { return obstacle_; }
  /// The same if the server says nothing more: it has left, or the time is over.
  Obstacle obstacle_of_leaving() const;
  Obstacle obstacle_of_waiting() const;
  /// The lines with which the server began, in one, cut short.
  const std::string& greeting() const { return greeting_; }

 private:
  /// What the server's answer is about.
  enum class Stage { greeting, capabilities, starttls };
  enum class Line { more, last, refused };

  Line read(std::string_view line);
  Line read_smtp(std::string_view line);
  Line read_pop3(std::string_view line);
  Line read_imap(std::string_view line);
  State answered();
  bool may_be_lmtp(std::string_view line) const;
  bool may_come_unasked() const;
  State fail(Obstacle obstacle, std::string error);
  Obstacle obstacle_of(std::string_view line) const;
  bool is_rewritten() const;

  Starttls protocol_;
  Stage stage_ = Stage::greeting;
  bool offered_ = false;
  bool masked_ = false;    // smtp: a capability that is X after X
  bool in_list_ = false;   // pop3: the capabilities' lines go on until "."
  std::string held_;       // not yet a whole line
  std::size_t taken_ = 0;  // in all
  std::string_view say_;
  Obstacle obstacle_ = Obstacle::none;
  std::string error_;
  std::string greeting_;
};

}  // namespace mailtap::probe
