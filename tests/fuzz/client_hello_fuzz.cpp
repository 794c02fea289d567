// Any bytes are a client hello, the beginning of one, or an error with a sentence.
#include <cstdlib>

#include "tls/ja4.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = mailtap::tls::parse_client_hello({data, size});
  if (!parsed && parsed.error().message.empty()) std::abort();
  if (parsed && *parsed) {
    if ((*parsed)->size > size) std::abort();
    if (mailtap::tls::ja4(**parsed).size() != 36) std::abort();
  }
  return 0;
}
