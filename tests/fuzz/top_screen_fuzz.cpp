// Whatever the admin endpoint answers, `mailtap top` shows it without moving the cursor, or says that it is
// something else.
#include <cstdint>
#include <cstdlib>

#include "proxy/top/screen.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string json(reinterpret_cast<const char*>(data), size);
  const auto shown = top::screen({json, json, json}, {.width = 80}, 20);
  if (shown && shown->find('\x1b') != std::string::npos) std::abort();
  return 0;
}
