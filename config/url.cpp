#include "config/url.h"

#include <algorithm>

#include "config/base/text.h"
#include "config/values.h"

namespace mailtap::config {

Result<Url> parse_url(std::string_view url) {
  constexpr std::string_view http = "http://";
  constexpr std::string_view https = "https://";
  const bool is_tls = equal_ignoring_case(url.substr(0, https.size()), https);
  if (!is_tls && !equal_ignoring_case(url.substr(0, http.size()), http))
    return fail("it is no http:// or https:// URL");
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7F'; });
  if (!plain) return fail("it has characters that no URL may have");
  const auto rest = url.substr(is_tls ? https.size() : http.size());
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto authority = rest.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return fail("it has a user's name in it");
  auto endpoint = parse_server(authority, is_tls ? 443 : 80);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto path = std::string(rest.substr(end, rest.find('#') - end));
  if (!path.starts_with('/')) path.insert(0, "/");
  return Url{is_tls, std::move(*endpoint), std::string(authority), std::move(path)};
}

}  // namespace mailtap::config
