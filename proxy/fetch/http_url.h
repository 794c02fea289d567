// An http:// URL out of a certificate: a stranger's choice.
#pragma once

#include <string>
#include <string_view>

#include "config/base/result.h"
#include "config/settings.h"

namespace mailtap::fetch {

struct HttpUrl {
  config::Endpoint endpoint;
  std::string host;  ///< as the Host header has it
  std::string path;  ///< with the query, at least "/"; nothing in it can end a request line
};
Result<HttpUrl> parse_http_url(std::string_view url);

}  // namespace mailtap::fetch
