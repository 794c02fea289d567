// Lines of a log that somebody else wrote: they are counted or named, and no control character comes out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "inspect/report/answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  report::Inventory inventory;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    inventory.add("log", number, line);
  }
  inventory.end_file();
  if (inventory.bad_lines() > inventory.lines()) std::abort();
  const auto at = *from_rfc3339("2026-11-29T12:00:00Z");
  for (const auto language : {certs::Language::english, certs::Language::vietnamese}) {
    for (const char c : report::to_text(inventory, at, language))
      if (c != '\n' && static_cast<unsigned char>(c) < 0x20) std::abort();
    static_cast<void>(report::to_json(inventory, at, language));
  }
  return 0;
}
