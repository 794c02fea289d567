// An http:// URL out of a certificate: a stranger's choice.
#pragma once

#include <string_view>

#include "config/url.h"

namespace mailtap::fetch {

using HttpUrl = config::Url;
/// Without TLS, whose certificate would have to be judged first.
Result<HttpUrl> parse_http_url(std::string_view url);

}  // namespace mailtap::fetch
