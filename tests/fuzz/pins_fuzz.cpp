#include <cstdlib>

#include "config/base/bytes.h"
#include "proxy/route/pin_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto pins = mailtap::proxy::parse_pins(mailtap::as_text({data, size}));
  if (!pins) return 0;
  // What was read can be written and read again.
  std::string text;
  for (const auto& [name, keys] : *pins)
    for (const auto& key : keys) text += name + " " + key + "\n";
  const auto again = mailtap::proxy::parse_pins(text);
  if (!again || *again != *pins) std::abort();
  return 0;
}
