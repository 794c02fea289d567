// NTLM messages and SPNEGO tokens: whatever they claim, what is given back lies within them.
#include <cstdlib>

#include "inspect/auth/ntlm.h"
#include "inspect/auth/spnego.h"

using namespace mailtap;
using namespace mailtap::inspect::auth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t longest = 512;  // 128 characters of four bytes
  const Bytes bytes(data, size);
  const auto token = parse_negotiate(bytes);
  if (!token.ntlm.empty() &&
      (token.ntlm.data() < data || token.ntlm.data() + token.ntlm.size() > data + size))
    std::abort();
  for (const auto& message : {parse_ntlm(bytes), parse_ntlm(token.ntlm)}) {
    if (!message) continue;
    if (message->target.size() > longest || message->domain.size() > longest ||
        message->user.size() > longest)
      std::abort();
    if (message->channel_bindings && message->type != NtlmType::authenticate) std::abort();
  }
  return 0;
}
