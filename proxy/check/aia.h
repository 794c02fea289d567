// Where a certificate says its issuer's certificate is to be had: authorityInfoAccess (RFC 5280
// section 4.2.2.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/settings.h"

namespace mailtap::check {

/// The http:// URLs of caIssuers, in order; ldap and the rest are left out, and so are all when the extension
/// can't be read. `certificate`: DER.
std::vector<std::string> issuer_urls(Bytes certificate);
/// The same of the extension's value alone.
std::vector<std::string> issuer_urls_of_extension(Bytes value);

struct HttpUrl {
  config::Endpoint endpoint;
  std::string host;  ///< as the Host header has it
  std::string path;  ///< with the query, at least "/"; nothing in it can end a request line
};
Result<HttpUrl> parse_http_url(std::string_view url);

}  // namespace mailtap::check
