#include "config/base/bytes.h"
#include "config/options.h"
#include "config/toml_file.h"

using namespace mailtap;
using namespace mailtap::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = parse_toml(as_text({data, size}), "folder/fuzz.toml");
  Settings settings;
  Problems problems;
  apply(file.options, settings, problems);
  for (const auto& table : file.routes) {
    Route route;
    apply(table.options, route, problems);
  }
  return 0;
}
