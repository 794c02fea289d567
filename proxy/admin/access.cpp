#include "proxy/admin/access.h"

#include <algorithm>

#include "config/base/text.h"

namespace mailtap::admin {

namespace {

/// The host of HOST[:PORT], without brackets.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? std::string_view() : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

/// In a time that doesn't tell how much of it was right.
bool same_secret(std::string_view a, std::string_view b) {
  unsigned char differences = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i)
    differences |= static_cast<unsigned char>(a[i] ^ b[b.empty() ? 0 : i % b.size()]);
  return differences == 0;
}

}  // namespace

std::optional<Access::Refusal> Access::refusal(const http::Request& request, bool is_open) const {
  const auto host = host_of(request.host);
  const auto is_ours = [&](const std::string& name) { return equal_ignoring_case(name, host); };
  if (!is_ip_address(std::string(host)) && !is_ours("localhost") &&
      std::none_of(hosts.begin(), hosts.end(), is_ours))
    return Refusal::wrong_host;

  // "null" is the origin of sandboxed pages and files. Behind a proxy that speaks TLS the scheme differs.
  std::string_view origin = request.origin;
  if (const auto scheme = origin.find("://"); scheme != std::string_view::npos)
    origin.remove_prefix(scheme + 3);
  if (!origin.empty() && !equal_ignoring_case(origin, request.host)) return Refusal::wrong_origin;
  // A link on another site leads to the page itself and to nothing behind it.
  const bool is_foreign = request.fetch_site == "cross-site" || request.fetch_site == "same-site";
  if (is_foreign && request.path != "/") return Refusal::wrong_origin;

  if (token.empty() || is_open) return std::nullopt;
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view given = request.authorization;
  const bool is_shown = given.size() > scheme.size() &&
                        equal_ignoring_case(given.substr(0, scheme.size()), scheme) &&
                        same_secret(given.substr(scheme.size()), token);
  return is_shown ? std::nullopt : std::optional(Refusal::no_token);
}

}  // namespace mailtap::admin
