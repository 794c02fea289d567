// Windows's own verdict in words: its constants' names, what they mean, and where it differs from mailtap's.
// Portable, so that logs are the same wherever they are read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "certs/system/system_verdict.h"

namespace mailtap::certs {

struct Verdict;

/// A bit of CERT_TRUST_STATUS.dwErrorStatus, or an error of the policy.
struct WindowsCode {
  std::uint32_t code;
  std::string_view name;     ///< as wincrypt.h or winerror.h has it
  std::string_view meaning;  ///< a phrase of the catalogue
};

/// The bits of a status, lowest first; one that isn't known is "0x00800000" without a meaning.
struct StatusBit {
  std::string name;
  std::string_view meaning;
};
std::vector<StatusBit> bits_of(std::uint32_t status);

/// Of an error of the policy; null: it isn't known.
const WindowsCode* policy_code(std::uint32_t error);
/// "CERT_E_UNTRUSTEDROOT", or the number.
std::string policy_name(std::uint32_t error);
/// "0x800B0109"
std::string windows_number(std::uint32_t number);

/// For people, sentences of the catalogue: "accepts it" or "refuses it: CERT_E_UNTRUSTEDROOT (0x800B0109):
/// the root isn't trusted"; then what there is of the status, a line for each bit.
std::vector<std::string> windows_says(const SystemVerdict& windows);

/// Where Windows and mailtap come to different ends, in trust or about the name: sentences of the catalogue.
/// None: they agree, or one of the two doesn't know.
std::vector<std::string> windows_differences(const SystemVerdict& windows, const Verdict& ours);

}  // namespace mailtap::certs
