// The CRM E-mail Router's configuration file: whatever stands in it, no secret and nothing endless comes out.
#include <cstdint>
#include <cstdlib>

#include "inspect/crm/router_file.h"
#include "inspect/crm/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap;
  const auto profiles = crm::read_router_file({reinterpret_cast<const char*>(data), size});
  if (!profiles) {
    if (profiles.error().message.empty()) std::abort();
    return 0;
  }
  for (const auto& profile : *profiles) {
    if (profile.entries == 0 || profile.server.size() > 2048 || profile.name.size() > 2048) std::abort();
    if (profile.server.find('?') != std::string::npos) std::abort();
    const auto [text, note] = crm::target_of(profile);
    if (text.empty() && note.empty()) std::abort();
  }
  return 0;
}
