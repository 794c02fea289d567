// NTLM's messages ([MS-NLMP] 2.2.1), as far as they say who meets whom. Challenges, responses and session
// keys are passed over.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/base/bytes.h"

namespace mailtap::inspect::auth {

enum class NtlmType : std::uint8_t { negotiate = 1, challenge = 2, authenticate = 3 };

struct NtlmMessage {
  NtlmType type = NtlmType::negotiate;
  std::uint32_t flags = 0;
  std::string target;  ///< challenge: TargetName
  std::string domain;  ///< authenticate: DomainName
  std::string user;    ///< authenticate: UserName
  /// authenticate: MsvAvFlags says that there is a MIC.
  bool message_integrity = false;
  /// authenticate: MsvAvChannelBindings (2.2.2.1), none where the client sent none or zeros.
  std::optional<std::array<std::uint8_t, 16>> channel_bindings;
};

/// None: it isn't one, or is cut short before its fixed part ends. What a broken message has out of its
/// bounds is left out.
std::optional<NtlmMessage> parse_ntlm(Bytes message);

inline constexpr std::string_view ntlm_signature{"NTLMSSP\0", 8};

}  // namespace mailtap::inspect::auth
