#include "proxy/policy.h"

#include <algorithm>

namespace mailtap::proxy {

namespace {

std::string describe_faults(const certs::Verdict& verdict) {
  std::string text;
  for (const auto& finding : verdict.findings) {
    const auto name = certs::to_string(finding.fault);
    if (text.find(name) != std::string::npos) continue;
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  if (!verdict.name_matches) text += (text.empty() ? "" : ", ") + ("it is not for " + verdict.name_checked);
  return text;
}

}  // namespace

Decision decide(const Policy& policy, const certs::Verdict& verdict) {
  if (!policy.pins.empty()) {
    const auto pin = "sha256//" + verdict.spki_sha256;
    if (std::find(policy.pins.begin(), policy.pins.end(), pin) != policy.pins.end()) return {true, {}};
    return {false, "the server's key is " + pin + ", which is none of the pinned ones"};
  }
  if (!policy.require_trusted || verdict.acceptable()) return {true, {}};
  return {false,
          "require-trusted is set and the server's certificate has faults: " + describe_faults(verdict)};
}

}  // namespace mailtap::proxy
