#include "proxy/route/policy.h"

#include <algorithm>

#include "certs/verify/verdict.h"
#include "config/base/text.h"

namespace mailtap::proxy {

namespace {

std::string describe_faults(const certs::Verdict& verdict) {
  std::string text;
  for (const auto& finding : verdict.findings) {
    const auto name = certs::to_string(finding.fault);
    if (text.find(name) != std::string::npos) continue;
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  if (verdict.name_mismatches())
    text += (text.empty() ? "" : ", ") + ("it is not for " + verdict.name_checked);
  return text;
}

Decision refuse(std::string reason) {
  return {.proceed = false, .basis = Basis::nothing, .reason = std::move(reason)};
}

bool contains(const std::vector<std::string>& pins, const std::string& pin) {
  return !pin.empty() && std::find(pins.begin(), pins.end(), pin) != pins.end();
}

Decision decide_by_rules(const Policy& policy, const certs::Verdict& verdict,
                         const std::vector<std::string>& remembered) {
  const auto proceed = [](Basis basis) { return Decision{.proceed = true, .basis = basis, .reason = {}}; };
  const auto pin = pin_of(verdict);
  const auto key = pin.empty() ? std::string("can't be read") : "is " + pin;

  if (!policy.pins.empty()) {
    if (contains(policy.pins, pin)) return proceed(Basis::pin);
    return refuse("the server's key " + key + ", which is none of the pinned ones");
  }
  if (policy.remembers_keys && !remembered.empty()) {
    if (contains(remembered, pin)) return proceed(Basis::pin_file);
    return refuse("the server's key " + key + ", but the pin file remembers " + join(remembered, ", ") +
                  " for " + verdict.name_checked +
                  ": if the server was given a new key on purpose, put that in place of the old one in the "
                  "pin file (or remove the line, and the next key is remembered) and send SIGHUP");
  }
  if (policy.require_trusted && !verdict.acceptable())
    return refuse("require-trusted is set and the server's certificate has faults: " +
                  describe_faults(verdict));
  if (policy.remembers_keys)
    return pin.empty() ? refuse("the server's key can't be read, so the pin file can't remember it")
                       : proceed(Basis::first_use);
  return proceed(verdict.acceptable() ? Basis::trust : Basis::nothing);
}

}  // namespace

std::string pin_of(const certs::Verdict& verdict) {
  return verdict.spki_sha256.empty() ? std::string() : "sha256//" + verdict.spki_sha256;
}

Decision decide(const Policy& policy, const certs::Verdict& verdict,
                const std::vector<std::string>& remembered) {
  auto decision = decide_by_rules(policy, verdict, remembered);
  const bool pinned = decision.basis == Basis::pin || decision.basis == Basis::pin_file;
  decision.unprotected = decision.proceed && policy.presents_trusted && !pinned && !verdict.acceptable();
  return decision;
}

}  // namespace mailtap::proxy
