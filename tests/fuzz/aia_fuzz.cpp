// Whatever a certificate has as its issuer's address, no request asks for more than one path of one host.
#include <cstdlib>

#include "proxy/check/aia.h"

using namespace mailtap;
using namespace mailtap::check;

namespace {

void check_url(std::string_view text) {
  const auto url = parse_http_url(text);
  if (!url) return;
  if (url->endpoint.port == 0 || url->host.empty() || !url->path.starts_with('/')) std::abort();
  for (const char c : url->host + url->path)
    if (c <= ' ' || c >= 0x7F) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  check_url(as_text(bytes));
  for (const auto& url : issuer_urls_of_extension(bytes)) check_url(url);
  static_cast<void>(issuer_urls(bytes));
  return 0;
}
