#include "proxy/http/url.h"

namespace mailtap::http {

Result<config::Url> parse_http_url(std::string_view url) {
  auto parsed = config::parse_url(url);
  if (parsed && parsed->is_tls) return fail("it is no http:// URL");
  return parsed;
}

}  // namespace mailtap::http
