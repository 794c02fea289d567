#include "certs/verify/dotnet.h"

#include <algorithm>

#include "certs/verify/verdict.h"

namespace mailtap::certs {

std::string_view dotnet_flag(Fault fault) {
  switch (fault) {
    case Fault::self_signed:
    case Fault::untrusted_root: return "UntrustedRoot";
    case Fault::incomplete_chain: return "PartialChain";
    case Fault::expired:
    case Fault::not_yet_valid: return "NotTimeValid";
    case Fault::revoked: return "Revoked";
    case Fault::bad_signature: return "NotSignatureValid";
    case Fault::weak_key:
    case Fault::weak_signature: return "HasWeakSignature";
    case Fault::wrong_usage: return "NotValidForUsage";
    case Fault::constraint_violation: return "HasNotPermittedNameConstraint";
    case Fault::not_a_ca: return "InvalidBasicConstraints";
    case Fault::malformed: return "InvalidExtension";
    case Fault::critical_extension: return "HasNotSupportedCriticalExtension";
    case Fault::missing_staple: return {};  // Windows knows no such demand
  }
  return {};
}

bool refuses_name(const DotnetView& view) {
  return std::find(view.policy_errors.begin(), view.policy_errors.end(), "RemoteCertificateNameMismatch") !=
         view.policy_errors.end();
}

DotnetView dotnet_view(const Verdict& verdict, bool anything_sent) {
  DotnetView view;
  const auto add_status = [&](const std::string& flag) {
    if (std::find(view.chain_status.begin(), view.chain_status.end(), flag) == view.chain_status.end())
      view.chain_status.push_back(flag);
  };
  for (const auto& finding : verdict.findings) {
    if (finding.dotnet.empty()) continue;
    add_status(finding.dotnet);
    if (finding.state_unknown && finding.fault == Fault::revoked) add_status("OfflineRevocation");
  }
  // SslPolicyErrors are independent bits: both are said.
  const bool name_accepted = !verdict.name_mismatches() || verdict.address_as_dns_name ||
                             (verdict.legacy_cn_match && !verdict.has_dns_names);
  if (!anything_sent) {
    view.chain_status.clear();
    view.policy_errors.emplace_back("RemoteCertificateNotAvailable");
  } else {
    if (!name_accepted) view.policy_errors.emplace_back("RemoteCertificateNameMismatch");
    if (!view.chain_status.empty()) view.policy_errors.emplace_back("RemoteCertificateChainErrors");
  }
  if (!view.policy_errors.empty())
    view.exception =
        "The underlying connection was closed: Could not establish trust relationship for the SSL/TLS secure "
        "channel. The remote certificate is invalid according to the validation procedure.";
  return view;
}

}  // namespace mailtap::certs
