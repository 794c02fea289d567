#include <cstdlib>

#include "proxy/ingress/proxy_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap;
  using namespace mailtap::proxy::ingress;
  const auto header = parse_proxy_header({data, size});
  if (!header) return 0;
  if (!*header) {
    if (size >= max_proxy_header) std::abort();  // it is bounded
    return 0;
  }
  const auto& found = **header;
  if (found.size > size || found.size > max_proxy_header) std::abort();
  // Neither less than the header nor what follows it changes the answer.
  if (const auto less = parse_proxy_header({data, found.size - 1}); !less || *less) std::abort();
  if (const auto exact = parse_proxy_header({data, found.size}); !exact || !*exact) std::abort();
  if (!found.ends) return 0;
  for (const auto version : {config::ProxyVersion::v1, config::ProxyVersion::v2}) {
    const auto made = make_proxy_header(version, found.ends->source, found.ends->destination);
    const auto again = parse_proxy_header(made);
    if (!again || !*again || !(*again)->ends) std::abort();
    if (!(*again)->ends->source.is_same_as(found.ends->source)) std::abort();
    if (!(*again)->ends->destination.is_same_as(found.ends->destination)) std::abort();
  }
  return 0;
}
