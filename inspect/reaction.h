// What the client made of the certificate that it was shown, judged from how its side of the connection went.
//
// A client may refuse at three moments, and be silent at each: in the handshake, with an alert or by closing;
// after it (.NET and Chromium judge the certificate only then; so does any TLS 1.3 client whose alert comes
// when our handshake is done); or by never asking for anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/enums.h"

namespace mailtap::inspect {

enum class ReactionKind {
  unknown,              ///< it was shown none, or something else ended the connection first
  accepted,             ///< it went on to say something
  rejected,             ///< it sent an alert about the certificate
  other_alert,          ///< it sent another alert
  left_at_certificate,  ///< it closed right after the certificate
  no_request,           ///< it finished the handshake, and closed without having said anything
};
std::string_view to_string(ReactionKind kind);  ///< "left-at-certificate": as in the log

/// It doesn't want the certificate, and said or showed so.
bool is_refusal(ReactionKind kind);

struct ReactionFacts {
  bool shown = false;           ///< the certificate has been sent to it: no resumed session
  bool handshake_done = false;  ///< by both
  bool has_spoken = false;      ///< sent application data
  bool left = false;            ///< of all that could end the connection, its closing or resetting came first
  std::optional<int> alert;     ///< fatal, from it
  bool encrypted_alert = false;  ///< it ended the handshake with one that can't be read (observed TLS 1.3)
};

ReactionKind reaction_to(const ReactionFacts& facts);

struct Reaction {
  ReactionKind kind = ReactionKind::unknown;
  std::optional<int> alert;
  std::string advice;  ///< a sentence or two with commands; empty when there is nothing to say
};

/// Whose certificate the client was shown.
struct Shown {
  std::optional<config::Presentation> presentation;  ///< nothing: the server's own, observed
  std::string ca_file;                               ///< the local CA's certificate, where the route has one
  bool server_acceptable = false;                    ///< the verdict on the upstream's
};

/// What it made of it, and what to do.
Reaction reaction_of(const ReactionFacts& facts, const Shown& shown);

/// "The router rejected the presented certificate (unknown_ca): import the CA with ...".
std::string advice_on(ReactionKind kind, std::optional<int> alert, const Shown& shown);

}  // namespace mailtap::inspect
