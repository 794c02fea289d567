// An address on the web.
#pragma once

#include <string>
#include <string_view>

#include "config/base/result.h"
#include "config/endpoint.h"

namespace mailtap::config {

struct Url {
  bool is_tls = false;  ///< https
  Endpoint endpoint;
  std::string host;  ///< as the Host header has it
  std::string path;  ///< with the query, at least "/"; nothing in it can end a request line

  bool operator==(const Url&) const = default;
};

/// http:// or https://, without a user's name. An error doesn't repeat the URL: paths may be secrets.
Result<Url> parse_url(std::string_view url);

}  // namespace mailtap::config
