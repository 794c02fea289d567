// The dialogue in plain text that comes before TLS with STARTTLS: what the server says goes in, what is to be
// said comes out.
//
//   smtp  <- 220 greeting    -> EHLO [127.0.0.1]   <- 250- lines with STARTTLS   -> STARTTLS     <- 220
//   pop3  <- +OK greeting    -> CAPA               <- +OK, lines with STLS, .    -> STLS         <- +OK
//   imap  <- * OK greeting   -> a CAPABILITY       <- * CAPABILITY, a OK         -> b STARTTLS   <- b OK
//
// Nothing may follow an answer before the next command was sent: what came in plain text must not be taken
// for what was encrypted (RFC 3207 section 6; the attack is CVE-2011-0411's).
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

class StarttlsDialogue {
 public:
  enum class State {
    waiting,  ///< for more of the server's words
    speak,    ///< say() is to be sent
    secure,   ///< TLS begins now
    failed,   ///< error() says why
  };

  /// `protocol` isn't none.
  explicit StarttlsDialogue(Starttls protocol) : protocol_(protocol) {}

  /// What the server said, in any segmentation. After secure and failed it isn't called again.
  State feed(Bytes bytes);
  /// With speak: the command, its line's end included; static.
  std::string_view say() const { return say_; }
  const std::string& error() const { return error_; }
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
  State fail(std::string error);

  Starttls protocol_;
  Stage stage_ = Stage::greeting;
  bool offered_ = false;
  bool in_list_ = false;   // pop3: the capabilities' lines go on until "."
  std::string held_;       // not yet a whole line
  std::size_t taken_ = 0;  // in all
  std::string_view say_;
  std::string error_;
  std::string greeting_;
};

}  // namespace mailtap::probe
