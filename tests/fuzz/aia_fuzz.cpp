// Whatever a certificate has as the address of its issuer or its list, no request asks for more than one path
// of one host.
#include <cstdlib>

#include "certs/model/locations.h"
#include "proxy/http/url.h"

using namespace mailtap;

namespace {

void check_url(std::string_view text) {
  const auto url = http::parse_http_url(text);
  if (!url) return;
  if (url->endpoint.port == 0 || url->host.empty() || !url->path.starts_with('/')) std::abort();
  for (const char c : url->host + url->path)
    if (c <= ' ' || c >= 0x7F) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  check_url(as_text(bytes));
  for (const auto& url : certs::issuer_urls_of_extension(bytes)) check_url(url);
  for (const auto& url : certs::list_urls_of_extension(bytes)) check_url(url);
  return 0;
}
