#include "tests/source_file.h"

namespace mailtap::tests {

std::string source_file(std::string_view name) {
  return std::string(MAILTAP_SOURCE_DIR "/").append(name);
}

}  // namespace mailtap::tests
