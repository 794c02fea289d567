#include "inspect/auth/http_authentication.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/base/text.h"
#include "inspect/auth/channel_binding.h"
#include "inspect/auth/spnego.h"

namespace mailtap::inspect::auth {

namespace {

AuthScheme scheme_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, AuthScheme>, 5> known{{
      {"NTLM", AuthScheme::ntlm},
      {"Negotiate", AuthScheme::negotiate},
      {"Basic", AuthScheme::basic},
      {"Bearer", AuthScheme::bearer},
      {"Digest", AuthScheme::digest},
  }};
  for (const auto& [spelling, scheme] : known)
    if (equal_ignoring_case(name, spelling)) return scheme;
  return AuthScheme::other;
}

/// "NTLM TlRMTVNTUAAB..." in its two parts.
std::pair<std::string_view, std::string_view> split(std::string_view field) {
  const auto end = std::min(field.find_first_of(" ,"), field.size());
  auto rest = field.substr(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return {field.substr(0, end), rest};
}

/// What the field's bound has cut off, and padding that is missing, doesn't matter.
Buffer decoded(std::string_view base64) {
  base64 = base64.substr(0, base64.find_first_of(" ,"));
  auto token = from_base64(base64.substr(0, base64.size() / 4 * 4));
  return token ? std::move(*token) : Buffer();
}

struct Token {
  AuthScheme scheme;
  std::optional<NtlmMessage> ntlm;
};

/// A token of NTLM or Negotiate. The scheme stays Negotiate with NTLM inside, as the client has it.
Token parse_token(AuthScheme scheme, std::string_view base64) {
  const auto bytes = decoded(base64);
  if (scheme == AuthScheme::ntlm) return {scheme, parse_ntlm(bytes)};
  const auto token = parse_negotiate(bytes);
  if (token.mechanism == Mechanism::kerberos) return {AuthScheme::kerberos, std::nullopt};
  return {scheme, parse_ntlm(token.ntlm)};
}

bool has_rounds(AuthScheme scheme) {
  return scheme == AuthScheme::ntlm || scheme == AuthScheme::negotiate;
}

AuthStage stage_of(const Credentials& credentials, const Challenge& challenge, unsigned status) {
  const bool asks = status == 401 || status == 407;
  if (asks && challenge.continues && credentials.scheme != AuthScheme::none) return AuthStage::challenged;
  if (asks) return credentials.complete ? AuthStage::refused : AuthStage::offered;
  return credentials.complete && status > 0 && status < 500 ? AuthStage::accepted : AuthStage::none;
}

NtlmDetails describe(const NtlmMessage* sent, const NtlmMessage* answered, const TapContext& context) {
  NtlmDetails details;
  if (sent != nullptr) details.flags = sent->flags;
  if (answered != nullptr) {
    details.flags = answered->flags;
    details.target = answered->target;
  }
  if (sent == nullptr || sent->type != NtlmType::authenticate) return details;
  details.domain = sent->domain;
  details.user = context.pseudonyms.of(sent->user);
  details.message_integrity = sent->message_integrity;
  details.binding = compare(sent->channel_bindings, context.certificates);
  return details;
}

/// True once refusals look like Extended Protection rather than a wrong password: the client has bound itself
/// to a certificate that isn't the server's, or complete authentications are refused again and again.
bool looks_like_extended_protection(const Authentication& authentication, const TapContext& context) {
  constexpr unsigned again = 2;
  const auto refused = ++context.memory.refused;
  const auto& [presented, server] = context.certificates;
  if (std::ranges::equal(presented, server)) return false;  // the client is bound to the right one
  return refused >= again ||
         (authentication.ntlm && authentication.ntlm->binding == ChannelBinding::presented);
}

}  // namespace

Credentials parse_credentials(std::string_view field) {
  const auto [name, rest] = split(field);
  Credentials credentials;
  if (name.empty()) return credentials;
  credentials.scheme = scheme_of(name);
  credentials.complete = !has_rounds(credentials.scheme);
  if (credentials.complete) return credentials;
  auto token = parse_token(credentials.scheme, rest);
  credentials.scheme = token.scheme;
  credentials.ntlm = std::move(token.ntlm);
  credentials.complete = token.scheme == AuthScheme::kerberos ||
                         (credentials.ntlm && credentials.ntlm->type == NtlmType::authenticate);
  return credentials;
}

void add_challenge(std::string_view field, Challenge& to) {
  const auto [name, rest] = split(field);
  if (name.empty()) return;
  const auto scheme = scheme_of(name);
  if (to.offered == AuthScheme::none) to.offered = scheme;
  if (!has_rounds(scheme) || rest.empty() || rest.front() == ',') return;
  to.continues = true;
  to.ntlm = parse_token(scheme, rest).ntlm;
}

void judge(const Credentials& credentials, const Challenge& challenge, unsigned status,
           const TapContext& context, Exchange& exchange) {
  auto& authentication = exchange.authentication;
  authentication.stage = stage_of(credentials, challenge, status);
  if (credentials.scheme != AuthScheme::none)
    authentication.scheme = credentials.scheme;
  else if (authentication.stage == AuthStage::offered)
    authentication.scheme = challenge.offered;
  if (credentials.ntlm || challenge.ntlm)
    authentication.ntlm = describe(credentials.ntlm ? &*credentials.ntlm : nullptr,
                                   challenge.ntlm ? &*challenge.ntlm : nullptr, context);

  if (credentials.scheme == AuthScheme::basic) exchange.findings.push_back(TrafficFinding::basic_over_tls);
  if (!has_rounds(authentication.scheme) && authentication.scheme != AuthScheme::kerberos) return;
  if (authentication.stage == AuthStage::accepted) {
    context.memory.refused = 0;
    if (authentication.ntlm && authentication.ntlm->binding == ChannelBinding::presented)
      exchange.findings.push_back(TrafficFinding::bound_to_presented);
  }
  if (authentication.stage == AuthStage::refused && looks_like_extended_protection(authentication, context))
    exchange.findings.push_back(TrafficFinding::extended_protection);
}

}  // namespace mailtap::inspect::auth
