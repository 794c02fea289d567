#include <cstdlib>

#include "config/base/bytes.h"
#include "config/values.h"

using namespace mailtap;
using namespace mailtap::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  // What was read is read again from what was written.
  if (const auto address = parse_address(text))
    if (parse_address(address->to_string()).value_or(Endpoint{}) != *address) std::abort();
  if (const auto listen = parse_listen_address(text))
    if (parse_listen_address(listen->to_string()).value_or(Endpoint{}) != *listen) std::abort();
  static_cast<void>(parse_duration(text));
  static_cast<void>(parse_host(text));
  static_cast<void>(parse_pin(text));
  return 0;
}
