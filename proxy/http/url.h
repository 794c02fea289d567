// An http:// URL out of a certificate: a stranger's choice.
#pragma once

#include <string_view>

#include "config/url.h"

namespace mailtap::http {

/// Without TLS, whose certificate would have to be judged first.
Result<config::Url> parse_http_url(std::string_view url);

}  // namespace mailtap::http
