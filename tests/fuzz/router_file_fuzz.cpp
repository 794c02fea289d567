// The CRM E-mail Router's configuration file: whatever stands in it, no secret and nothing endless comes out.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "inspect/crm/router_file.h"
#include "inspect/crm/target.h"

namespace {

constexpr std::string_view marker = "S3cret";

/// In UTF-8 and XML.
std::string quoted(std::string_view text) {
  std::string xml;
  for (const char c : text) {
    if (c == '&' || c == '<' || c == '>')
      xml += "&#" + std::to_string(int{c}) + ";";
    else
      xml += c >= ' ' && c <= '~' ? c : '~';
  }
  return xml;
}

/// A password in front of a host, with whatever around it, isn't shown. The first byte says which parts the
/// others are.
void keep_secret(std::string_view data) {
  using namespace mailtap;
  if (data.empty() || data.size() > 1000) return;
  const auto how = static_cast<unsigned char>(data.front());
  data.remove_prefix(1);
  const auto part = [&, size = data.size() / 3](bool is_last = false) {
    const auto taken = data.substr(0, is_last ? data.size() : size);
    data.remove_prefix(taken.size());
    return std::string(taken);
  };
  const std::string_view slashes = (how & 1) != 0 ? "\\\\" : "//";
  auto server = (how & 2) != 0 ? "https:" + std::string(slashes) : (how & 4) != 0 ? std::string(slashes) : "";
  server += "joe" + ((how & 8) != 0 ? part() : std::string());
  server += ":" + part() + std::string(marker) + part();
  server += ((how & 16) != 0 ? "@" : "%40") + std::string("mail") + part(true);
  const std::string setting = (how & 32) != 0 ? "EmailServer" : "CrmServerUrl";
  const auto profiles =
      crm::read_router_file("<Configuration><ProviderConfiguration><" + setting + ">" + quoted(server) +
                            "</" + setting + "></ProviderConfiguration></Configuration>");
  if (!profiles) std::abort();
  for (const auto& profile : *profiles) {
    const auto [text, note] = crm::target_of(profile);
    for (const auto& shown :
         {profile.name, profile.provider, profile.server, profile.authentication, text, note})
      if (shown.find(marker) != std::string::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap;
  const std::string_view text_of_file(reinterpret_cast<const char*>(data), size);
  keep_secret(text_of_file);
  const auto profiles = crm::read_router_file(text_of_file);
  if (!profiles) {
    if (profiles.error().message.empty()) std::abort();
    return 0;
  }
  for (const auto& profile : *profiles) {
    if (profile.entries == 0 || profile.server.size() > 2048 || profile.name.size() > 2048) std::abort();
    if (profile.server.find_first_of("@%\\?#; ") != std::string::npos) std::abort();
    if (profile.is_server_hidden && !profile.server.empty()) std::abort();
    const auto [text, note] = crm::target_of(profile);
    if (text.empty() && note.empty()) std::abort();
  }
  return 0;
}
