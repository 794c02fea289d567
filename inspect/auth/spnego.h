// The tokens of HTTP's Negotiate (RFC 4559): NTLM as it is, or SPNEGO (RFC 4178, [MS-SPNG]) with NTLM or
// Kerberos inside.
#pragma once

#include "config/base/bytes.h"

namespace mailtap::inspect::auth {

enum class Mechanism { unknown, ntlm, kerberos };

struct NegotiateToken {
  Mechanism mechanism = Mechanism::unknown;
  Bytes ntlm;  ///< the message inside, a part of what was parsed; empty unless NTLM and there is one
};

/// Any bytes are fine; what isn't understood is unknown.
NegotiateToken parse_negotiate(Bytes token);

}  // namespace mailtap::inspect::auth
