#include "certs/system/windows_says.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "certs/verify/verdict.h"
#include "config/base/phrases.h"

namespace mailtap::certs {

namespace {

/// CERT_TRUST_STATUS.dwErrorStatus.
constexpr std::array<WindowsCode, 24> status_bits{{
    {0x00000001, "CERT_TRUST_IS_NOT_TIME_VALID", "a certificate has ended, or isn't valid yet"},
    {0x00000002, "CERT_TRUST_IS_NOT_TIME_NESTED", "a certificate is valid for longer than its issuer"},
    {0x00000004, "CERT_TRUST_IS_REVOKED", "a certificate was revoked"},
    {0x00000008, "CERT_TRUST_IS_NOT_SIGNATURE_VALID", "a signature is wrong"},
    {0x00000010, "CERT_TRUST_IS_NOT_VALID_FOR_USAGE", "a certificate isn't for servers"},
    {0x00000020, "CERT_TRUST_IS_UNTRUSTED_ROOT", "the root isn't trusted on this machine"},
    {0x00000040, "CERT_TRUST_REVOCATION_STATUS_UNKNOWN", "whether a certificate was revoked isn't known"},
    {0x00000080, "CERT_TRUST_IS_CYCLIC", "the certificates issue one another in a circle"},
    {0x00000100, "CERT_TRUST_INVALID_EXTENSION", "an extension is wrong"},
    {0x00000200, "CERT_TRUST_INVALID_POLICY_CONSTRAINTS", "the issuers' policies aren't kept"},
    {0x00000400, "CERT_TRUST_INVALID_BASIC_CONSTRAINTS",
     "an issuer is no CA, or has more CAs below it than it may"},
    {0x00000800, "CERT_TRUST_INVALID_NAME_CONSTRAINTS", "an issuer's rules for names are wrong"},
    {0x00001000, "CERT_TRUST_HAS_NOT_SUPPORTED_NAME_CONSTRAINT",
     "an issuer has rules for names that Windows doesn't know"},
    {0x00002000, "CERT_TRUST_HAS_NOT_DEFINED_NAME_CONSTRAINT", "an issuer has no rule for this kind of name"},
    {0x00004000, "CERT_TRUST_HAS_NOT_PERMITTED_NAME_CONSTRAINT", "an issuer isn't permitted this name"},
    {0x00008000, "CERT_TRUST_HAS_EXCLUDED_NAME_CONSTRAINT", "an issuer is forbidden this name"},
    {0x00010000, "CERT_TRUST_IS_PARTIAL_CHAIN", "no root was found: an issuer is missing"},
    {0x00020000, "CERT_TRUST_CTL_IS_NOT_TIME_VALID", "a trust list has ended, or isn't valid yet"},
    {0x00040000, "CERT_TRUST_CTL_IS_NOT_SIGNATURE_VALID", "a trust list's signature is wrong"},
    {0x00080000, "CERT_TRUST_CTL_IS_NOT_VALID_FOR_USAGE", "a trust list isn't for servers"},
    {0x00100000, "CERT_TRUST_HAS_WEAK_SIGNATURE", "a signature is too weak"},
    {0x01000000, "CERT_TRUST_IS_OFFLINE_REVOCATION", "whoever knows of revocation can't be reached"},
    {0x04000000, "CERT_TRUST_IS_EXPLICIT_DISTRUST", "this machine distrusts a certificate explicitly"},
    {0x08000000, "CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT",
     "a certificate has a critical extension that Windows doesn't know"},
}};

constexpr std::array<WindowsCode, 19> policy_errors{{
    {0x80092010, "CRYPT_E_REVOKED", "a certificate was revoked"},
    {0x80092012, "CRYPT_E_NO_REVOCATION_CHECK", "whether a certificate was revoked isn't known"},
    {0x80092013, "CRYPT_E_REVOCATION_OFFLINE", "whoever knows of revocation can't be reached"},
    {0x80096004, "TRUST_E_CERT_SIGNATURE", "a signature is wrong"},
    {0x80096019, "TRUST_E_BASIC_CONSTRAINTS", "an issuer is no CA, or has more CAs below it than it may"},
    {0x800B0101, "CERT_E_EXPIRED", "a certificate has ended, or isn't valid yet"},
    {0x800B0103, "CERT_E_ROLE", "an issuer is no CA, or has more CAs below it than it may"},
    {0x800B0105, "CERT_E_CRITICAL", "a certificate has a critical extension that Windows doesn't know"},
    {0x800B0106, "CERT_E_PURPOSE", "a certificate isn't for servers"},
    {0x800B0109, "CERT_E_UNTRUSTEDROOT", "the root isn't trusted on this machine"},
    {0x800B010A, "CERT_E_CHAINING", "no root was found: an issuer is missing"},
    {0x800B010B, "TRUST_E_FAIL", "the chain is wrong"},
    {0x800B010C, "CERT_E_REVOKED", "a certificate was revoked"},
    {0x800B010E, "CERT_E_REVOCATION_FAILURE", "whether a certificate was revoked isn't known"},
    {0x800B010F, "CERT_E_CN_NO_MATCH", "the certificate is for another name"},
    {0x800B0110, "CERT_E_WRONG_USAGE", "a certificate isn't for servers"},
    {0x800B0111, "TRUST_E_EXPLICIT_DISTRUST", "this machine distrusts a certificate explicitly"},
    {0x800B0113, "CERT_E_INVALID_POLICY", "the issuers' policies aren't kept"},
    {0x800B0114, "CERT_E_INVALID_NAME", "an issuer isn't permitted this name"},
}};

std::string fault_names(const Verdict& verdict) {
  std::string text;
  for (const auto& finding : verdict.findings) {
    const auto name = std::string(to_string(finding.fault));
    if ((", " + text + ", ").find(", " + name + ", ") == std::string::npos)
      text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

/// As .NET and SChannel see it: the policy is kept, and the chain has no error. (wine's policy accepts a
/// chain without a root.) Revocation wasn't asked for, so that it isn't known is no error.
bool trusts(const SystemVerdict& windows) {
  constexpr std::uint32_t revocation_unknown = 0x01000040;
  return windows.trust == 0 && (windows.status & ~revocation_unknown) == 0;
}

std::string status_names(std::uint32_t status) {
  std::string text;
  for (const auto& bit : bits_of(status)) text += (text.empty() ? "" : ", ") + bit.name;
  return text;
}

}  // namespace

std::string windows_number(std::uint32_t number) {
  std::array<char, 11> text{};
  std::snprintf(text.data(), text.size(), "0x%08X", static_cast<unsigned>(number));
  return text.data();
}

std::vector<StatusBit> bits_of(std::uint32_t status) {
  std::vector<StatusBit> bits;
  for (std::uint32_t bit = 1; bit != 0; bit <<= 1U) {
    if ((status & bit) == 0) continue;
    const auto known = std::find_if(status_bits.begin(), status_bits.end(),
                                    [&](const WindowsCode& code) { return code.code == bit; });
    bits.push_back(known == status_bits.end() ? StatusBit{windows_number(bit), {}}
                                              : StatusBit{std::string(known->name), known->meaning});
  }
  return bits;
}

const WindowsCode* policy_code(std::uint32_t error) {
  const auto known = std::find_if(policy_errors.begin(), policy_errors.end(),
                                  [&](const WindowsCode& code) { return code.code == error; });
  return known == policy_errors.end() ? nullptr : known;
}

std::string policy_name(std::uint32_t error) {
  const auto* known = policy_code(error);
  return known == nullptr ? windows_number(error) : std::string(known->name);
}

std::vector<std::string> windows_says(const SystemVerdict& windows) {
  if (!windows.known())
    return {said(Language::english, "it can't be asked about this chain: its error is {number}",
                 {windows_number(windows.failure)})};
  std::vector<std::string> lines;
  if (windows.accepts()) {
    lines.emplace_back("it accepts the certificate");
  } else {
    const auto* known = policy_code(windows.policy);
    lines.push_back(said(Language::english, "it refuses the certificate, {code} ({number})",
                         {policy_name(windows.policy), windows_number(windows.policy)}));
    if (known != nullptr) lines.back() += ": " + std::string(known->meaning);
  }
  for (const auto& bit : bits_of(windows.status))
    lines.push_back(bit.meaning.empty() ? bit.name : bit.name + ": " + std::string(bit.meaning));
  return lines;
}

std::vector<std::string> windows_differences(const SystemVerdict& windows, const Verdict& ours) {
  std::vector<std::string> found;
  if (!windows.known() || ours.chain.empty()) return found;
  const auto add = [&](std::string_view sentence, const std::string& value) {
    found.push_back(said(Language::english, sentence, {value}));
  };
  if (ours.trusted() && !trusts(windows)) {
    const auto why = status_names(windows.status);
    add("Windows refuses what mailtap trusts ({codes}): clients that go by this machine's stores and rules, "
        "as the "
        "router does, don't connect; is what --trust names in the store ROOT of this machine?",
        why.empty() ? policy_name(windows.trust) : why);
  } else if (!ours.trusted() && trusts(windows)) {
    add("Windows trusts what mailtap doesn't ({faults}): clients that go by this machine's stores and rules "
        "connect; "
        "it has a root or an issuer that --trust doesn't name, or passes over what mailtap doesn't",
        fault_names(ours));
  }
  if (ours.name_checked.empty() || !ours.name_known || !windows.name_known) return found;
  if (ours.name_matches && windows.name != 0)
    add("Windows doesn't take the certificate for {name}, and mailtap does", ours.name_checked);
  else if (!ours.name_matches && windows.name == 0)
    add("Windows takes the certificate for {name}, and mailtap doesn't", ours.name_checked);
  return found;
}

}  // namespace mailtap::certs
