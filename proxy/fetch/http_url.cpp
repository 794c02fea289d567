#include "proxy/fetch/http_url.h"

#include <algorithm>

#include "config/base/text.h"
#include "config/values.h"

namespace mailtap::fetch {

Result<HttpUrl> parse_http_url(std::string_view url) {
  constexpr std::string_view http = "http://";
  if (!equal_ignoring_case(url.substr(0, http.size()), http)) return fail("it is no http:// URL");
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7F'; });
  if (!plain) return fail("it has characters that no URL may have");
  const auto rest = url.substr(http.size());
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto authority = rest.substr(0, end);
  auto endpoint = config::parse_server(authority, 80);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto path = std::string(rest.substr(end, rest.find('#') - end));
  if (!path.starts_with('/')) path.insert(0, "/");
  return HttpUrl{std::move(*endpoint), std::string(authority), std::move(path)};
}

}  // namespace mailtap::fetch
