// Whatever a line of a trace holds, it can be listed, drawn and reported; nothing in it ends the report's
// script or moves a terminal's cursor.
#include <cstdlib>

#include "inspect/trace/view/ladder.h"
#include "inspect/trace/view/list.h"
#include "inspect/trace/view/report.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto said = trace::parse_line(std::string(reinterpret_cast<const char*>(data), size));
  if (!said || !said->trace) return 0;
  const auto drawn = trace::ladder(*said->trace, {}) + trace::list_row(*said->trace, false);
  if (drawn.find('\x1b') != std::string::npos) std::abort();
  static const auto empty = trace::report_html({}, "");
  const auto ends = [](const std::string& html) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = html.find("</script", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  if (ends(trace::report_html({*said->trace}, "")) != ends(empty)) std::abort();
  return 0;
}
