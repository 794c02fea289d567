// .NET Framework, SChannel and Outlook: what they say follows from the chain status of Windows' own path (the
// verdict's .NET view, certs/verify/dotnet.h).
//
// .NET Framework: System.Net.Security.SslPolicyErrors, X509ChainStatusFlags, the message of WebException.
// SChannel: the codes of winerror.h that InitializeSecurityContext gives for those of
// CertVerifyCertificateChainPolicy, and the events of source Schannel ("Schannel Events", Windows Server
// documentation). Outlook: the three lines of its Security Alert (KB 2783881, KB 940726).
#include <algorithm>
#include <array>

#include "certs/clients/profiles.h"
#include "certs/clients/wording.h"
#include "certs/verify/dotnet.h"

namespace mailtap::certs::clients {

namespace {

/// What SChannel makes of the first status of this list that the chain has.
struct SchannelError {
  std::string_view status;
  std::string_view code;
  std::string_view event;
  std::string_view text;
};

constexpr std::string_view untrusted_text =
    "The certificate received from the remote server was issued by an untrusted certificate authority. "
    "Because of this, "
    "none of the data contained in the certificate can be validated. The TLS connection request has failed.";
constexpr std::string_view expired_text =
    "The certificate received from the remote server has either expired or is not yet valid. The TLS "
    "connection request "
    "has failed.";
constexpr std::string_view invalid_text =
    "The certificate received from the remote server has not validated correctly.";

constexpr std::array<SchannelError, 13> schannel_errors{{
    {"Revoked", "0x80092010", "36883",
     "The certificate received from the remote server has been revoked. This means that the certificate "
     "authority that "
     "issued the certificate has invalidated it. The TLS connection request has failed."},
    {"NotSignatureValid", "0x80090327", "36876", invalid_text},
    {"UntrustedRoot", "0x80090325", "36882", untrusted_text},
    {"PartialChain", "0x80090325", "36882", untrusted_text},
    {"NotTimeValid", "0x80090328", "36881", expired_text},
    {"NotValidForUsage", "0x80090349", "36876", invalid_text},
    {"InvalidBasicConstraints", "0x80096019", "36876", invalid_text},
    {"HasNotPermittedNameConstraint", "0x800B0114", "36876", invalid_text},
    {"HasNotSupportedCriticalExtension", "0x800B0105", "36876", invalid_text},
    {"HasWeakSignature", "0x80090325", "36876", invalid_text},
    {"RevocationStatusUnknown", "0x80092012", "36876", invalid_text},
    {"NoIssuanceChainPolicy", "0x800B0113", "36876", invalid_text},
    {"InvalidExtension", "0x80090327", "36876", invalid_text},
}};

bool has(const std::vector<std::string>& list, std::string_view what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

std::string listed(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& item : list) text += (text.empty() ? "" : ", ") + item;
  return text;
}

Opinion dotnet(const DotnetView& view) {
  Opinion opinion{false, listed(view.policy_errors), listed(view.policy_errors), Rule::none};
  if (!view.chain_status.empty()) opinion.message += " (" + listed(view.chain_status) + ")";
  opinion.message += ": " + view.exception;
  return opinion;
}

Opinion schannel(const DotnetView& view, const std::string& name) {
  for (const auto& error : schannel_errors)
    if (has(view.chain_status, error.status))
      return {false, std::string(error.code),
              "Schannel event " + std::string(error.event) + ": " + std::string(error.text), Rule::none};
  if (refuses_name(view))
    return {false, "0x80090322",
            "Schannel event 36884: The certificate received from the remote server does not contain the "
            "expected name. It "
            "is therefore not possible to determine whether we are connecting to the correct server. The "
            "server name we "
            "were expecting is " +
                name + ". The TLS connection request has failed.",
            Rule::none};
  return {false, "0x80090327", "Schannel event 36876: " + std::string(invalid_text), Rule::none};
}

Opinion outlook(const DotnetView& view) {
  const bool dated = has(view.chain_status, "NotTimeValid");
  const bool untrusted = std::any_of(view.chain_status.begin(), view.chain_status.end(),
                                     [](const auto& status) { return status != "NotTimeValid"; });
  std::string text =
      "Security Alert: Information you exchange with this site cannot be viewed or changed by others. "
      "However, there is a "
      "problem with the site's security certificate.";
  if (untrusted)
    text +=
        " The security certificate was issued by a company you have not chosen to trust. View the "
        "certificate to "
        "determine whether you want to trust the certifying authority.";
  if (dated) text += " The security certificate has expired or is not yet valid.";
  if (refuses_name(view))
    text += " The name on the security certificate is invalid or does not match the name of the site.";
  return {false, "Security Alert", std::move(text), Rule::none};
}

Profile profile(std::string_view name, std::string_view title) {
  Profile p;
  p.name = name;
  p.title = title;
  p.windows = true;
  return p;
}

}  // namespace

Opinion Wordsmith::windows(const Verdict& verdict) const {
  auto view = verdict.dotnet;
  if (question_.name.empty()) std::erase(view.policy_errors, "RemoteCertificateNameMismatch");
  const bool name_alone = view.policy_errors.size() == 1 && refuses_name(view);
  if (view.policy_errors.empty()) return {true, {}, {}, Rule::none};
  auto opinion = profile_.name == "schannel"  ? schannel(view, question_.name)
                 : profile_.name == "outlook" ? outlook(view)
                                              : dotnet(view);
  opinion.rule = name_alone ? Rule::name : Rule::anchored;
  return opinion;
}

std::vector<const Profile*> windows_profiles() {
  static const auto framework = profile("dotnet-framework", ".NET Framework");
  static const auto channel = profile("schannel", "SChannel");
  static const auto mail = profile("outlook", "Outlook");
  return {&framework, &channel, &mail};
}

}  // namespace mailtap::certs::clients
