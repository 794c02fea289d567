#include "inspect/exchange.h"

#include <algorithm>

namespace mailtap::inspect {

std::string_view to_string(TrafficFinding finding) {
  switch (finding) {
    case TrafficFinding::basic_over_tls: return "basic-over-tls";
    case TrafficFinding::extended_protection: return "extended-protection";
    case TrafficFinding::bound_to_presented: return "bound-to-presented";
    case TrafficFinding::plaintext_authentication: return "plaintext-authentication";
    case TrafficFinding::plaintext_session: return "plaintext-session";
    case TrafficFinding::starttls_not_offered: return "starttls-not-offered";
    case TrafficFinding::starttls_withdrawn: return "starttls-withdrawn";
    case TrafficFinding::oauth_refused: return "oauth-refused";
    case TrafficFinding::basic_off: return "basic-off";
    case TrafficFinding::smtp_auth_off: return "smtp-auth-off";
    case TrafficFinding::ews_blocked: return "ews-blocked";
    case TrafficFinding::throttled: return "throttled";
  }
  return "unknown";
}

std::string_view explain(TrafficFinding finding) {
  switch (finding) {
    case TrafficFinding::basic_over_tls:
      return "the password is sent as such (Basic): TLS alone protects it, and whoever terminates TLS reads "
             "it";
    case TrafficFinding::extended_protection:
      return "the server refuses complete NTLM or Negotiate authentications: probably it has Extended "
             "Protection "
             "on and wants the client bound to its own certificate, of which mailtap shows another";
    case TrafficFinding::bound_to_presented:
      return "the client binds its authentication to the certificate that mailtap shows, which a server with "
             "Extended Protection refuses";
    case TrafficFinding::plaintext_authentication: return "credentials were sent before TLS had begun";
    case TrafficFinding::plaintext_session: return "the session went on without TLS";
    case TrafficFinding::starttls_not_offered: return "the server doesn't offer STARTTLS";
    case TrafficFinding::starttls_withdrawn: return "the server offered STARTTLS and then refused it";
    case TrafficFinding::oauth_refused:
      return "the server refuses the OAuth token: it has ended, is for another resource, or lacks a "
             "permission";
    case TrafficFinding::basic_off:
      return "the server refuses a name and password (Basic) and offers other ways: Basic is switched off "
             "there";
    case TrafficFinding::smtp_auth_off:
      return "the server refuses SMTP AUTH to this mailbox or organisation, or Basic authentication with it";
    case TrafficFinding::ews_blocked:
      return "the server refuses EWS to an authenticated client: it is switched off for the organisation, "
             "the "
             "mailbox or the application, or the account lacks the right";
    case TrafficFinding::throttled:
      return "the server limits the client: too many requests or connections in too little time";
  }
  return "";
}

std::string_view remedy(TrafficFinding finding) {
  switch (finding) {
    case TrafficFinding::basic_over_tls: return "Prefer NTLM, Kerberos or OAuth where client and server can.";
    case TrafficFinding::extended_protection:
    case TrafficFinding::bound_to_presented:
      return "Import Exchange's certificate with its key (mailtap ca import-pfx) and present it (present = "
             "\"own\"), or only observe this client (mode = \"observe\"), which leaves Exchange's in place.";
    case TrafficFinding::plaintext_authentication:
      return "Change that password, and have the client require STARTTLS.";
    case TrafficFinding::plaintext_session: return "Have the client require STARTTLS.";
    case TrafficFinding::starttls_not_offered:
    case TrafficFinding::starttls_withdrawn:
      return "Give the server a certificate for this service, and look for a device on the way that takes "
             "STARTTLS out.";
    case TrafficFinding::oauth_refused:
      return "Look at the token's end, audience and scopes (IMAP.AccessAsUser.All, POP.AccessAsUser.All, "
             "SMTP.Send); an application needs New-ServicePrincipal and Add-MailboxPermission.";
    case TrafficFinding::basic_off:
      return "Change the client to OAuth 2.0, or to NTLM or Kerberos on premises.";
    case TrafficFinding::smtp_auth_off:
      return "Change the client to OAuth 2.0 or a relay connector; as long as that is possible, "
             "Set-CASMailbox -SmtpClientAuthenticationDisabled $false allows it for the mailbox.";
    case TrafficFinding::ews_blocked:
      return "See Get-OrganizationConfig (EwsEnabled, EwsApplicationAccessPolicy) and Get-CASMailbox; in "
             "Exchange "
             "Online move the client to Microsoft Graph.";
    case TrafficFinding::throttled:
      return "Let the client wait as long as Retry-After says and use fewer connections at once; on premises "
             "see "
             "Get-ThrottlingPolicy.";
  }
  return "";
}

std::string_view to_string(AuthScheme scheme) {
  switch (scheme) {
    case AuthScheme::none: return "none";
    case AuthScheme::basic: return "basic";
    case AuthScheme::digest: return "digest";
    case AuthScheme::ntlm: return "ntlm";
    case AuthScheme::negotiate: return "negotiate";
    case AuthScheme::kerberos: return "kerberos";
    case AuthScheme::bearer: return "bearer";
    case AuthScheme::other: return "other";
  }
  return "unknown";
}

std::string_view to_string(AuthStage stage) {
  switch (stage) {
    case AuthStage::none: return "none";
    case AuthStage::offered: return "offered";
    case AuthStage::challenged: return "challenged";
    case AuthStage::accepted: return "accepted";
    case AuthStage::refused: return "refused";
  }
  return "unknown";
}

std::string_view to_string(ChannelBinding binding) {
  switch (binding) {
    case ChannelBinding::unknown: return "unknown";
    case ChannelBinding::absent: return "absent";
    case ChannelBinding::presented: return "presented";
    case ChannelBinding::server: return "server";
    case ChannelBinding::both: return "both";
    case ChannelBinding::neither: return "neither";
  }
  return "unknown";
}

bool is_throttled(const Exchange& exchange) {
  return std::find(exchange.findings.begin(), exchange.findings.end(), TrafficFinding::throttled) !=
         exchange.findings.end();
}

void add(const Exchange& exchange, Traffic& to) {
  constexpr std::size_t statuses_kept = 5;
  ++to.exchanges;
  if (exchange.failed) ++to.failed;
  const auto known = std::find_if(to.services.begin(), to.services.end(),
                                  [&](const auto& each) { return each.first == exchange.service; });
  if (known == to.services.end())
    to.services.emplace_back(exchange.service, 1);
  else
    ++known->second;
  if (to.last_statuses.size() == statuses_kept) to.last_statuses.erase(to.last_statuses.begin());
  to.last_statuses.push_back(exchange.status);
  for (const auto finding : exchange.findings)
    if (std::find(to.findings.begin(), to.findings.end(), finding) == to.findings.end())
      to.findings.push_back(finding);
  if (exchange.retry_after) to.retry_after = std::max(to.retry_after.value_or(0), *exchange.retry_after);
}

}  // namespace mailtap::inspect
