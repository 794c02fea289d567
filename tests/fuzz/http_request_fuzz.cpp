#include <cstdlib>

#include "proxy/http/request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mailtap::http::RequestParser;
  constexpr std::size_t limit = 512;
  RequestParser whole(limit, true);
  const auto state = whole.feed({data, size});
  // However it is cut, the answer is the same.
  RequestParser parts(limit, true);
  auto state_of_parts = RequestParser::State::need_more;
  for (std::size_t i = 0; i < size; ++i) state_of_parts = parts.feed({data + i, 1});
  if (state != state_of_parts || whole.request().path != parts.request().path) std::abort();
  const auto fields = [](const mailtap::http::Request& r) {
    return r.host + '\n' + r.origin + '\n' + r.authorization + '\n' + r.fetch_site;
  };
  if (fields(whole.request()) != fields(parts.request())) std::abort();
  if (state == RequestParser::State::complete && !whole.request().path.starts_with('/')) std::abort();
  return 0;
}
