// HTTP authentication (RFC 9110 section 11) as an observer reads it: which scheme, how far, whether it was
// let pass, and why perhaps not. No credential is kept; a password is not even decoded.
#pragma once

#include <optional>
#include <string_view>

#include "inspect/auth/ntlm.h"
#include "inspect/exchange.h"
#include "inspect/tap.h"

namespace mailtap::inspect::auth {

/// What an Authorization field brings.
struct Credentials {
  AuthScheme scheme = AuthScheme::none;
  bool complete = false;  ///< all that the scheme needs; false: a round of several
  std::optional<NtlmMessage> ntlm;
};
Credentials parse_credentials(std::string_view field);

/// What a response's WWW-Authenticate fields ask for.
struct Challenge {
  AuthScheme offered = AuthScheme::none;  ///< the first
  bool continues = false;                 ///< one brings a token: the client is to go on
  std::optional<NtlmMessage> ntlm;
};
/// Adds one field.
void add_challenge(std::string_view field, Challenge& to);

/// Fills the exchange's authentication and findings from both and the response's status.
void judge(const Credentials& credentials, const Challenge& challenge, unsigned status,
           const TapContext& context, Exchange& exchange);

}  // namespace mailtap::inspect::auth
