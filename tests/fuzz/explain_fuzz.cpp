// An error text that a stranger chose: it is explained in both languages, and no control character comes out.
#include <cstdint>
#include <cstdlib>

#include "inspect/explain/answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto answer = explain::explain(text);
  if (answer.lines_known > answer.lines + 1) std::abort();
  for (const auto language : {certs::Language::english, certs::Language::vietnamese}) {
    for (const char c : explain::to_text(answer, language))
      if (c != '\n' && static_cast<unsigned char>(c) < 0x20) std::abort();
    static_cast<void>(explain::to_json(answer, language));
  }
  return 0;
}
