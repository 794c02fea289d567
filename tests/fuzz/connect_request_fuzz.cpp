#include <cstdlib>

#include "proxy/ingress/connect_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mailtap::proxy::ingress::ConnectRequest;
  ConnectRequest whole;
  const auto state = whole.feed({data, size});
  // However it is cut, the answer is the same.
  ConnectRequest parts;
  auto state_of_parts = ConnectRequest::State::need_more;
  for (std::size_t i = 0; i < size; ++i) state_of_parts = parts.feed({data + i, 1});
  if (state != state_of_parts || whole.target() != parts.target()) std::abort();
  if (whole.size() > size || whole.size() > ConnectRequest::max_size) std::abort();
  if (state != ConnectRequest::State::complete) return 0;
  if (whole.size() != parts.size() || whole.target().host.empty() || whole.target().port == 0) std::abort();
  return 0;
}
