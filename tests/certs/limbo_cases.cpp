#include "tests/certs/limbo_cases.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "config/base/file.h"
#include "tests/source_file.h"

namespace mailtap::limbo {

const std::string& shared_file() {
  static const auto found = [] {
    const char* named = std::getenv("MAILTAP_LIMBO");
    for (const auto& file : {std::string(named != nullptr ? named : ""),
                             tests::source_file("../shared/limbo/limbo-shared.json")})
      if (!file.empty() && std::filesystem::exists(file)) return file;
    return std::string{};
  }();
  return found;
}

const std::vector<Case>& shared_cases() {
  static const auto cases = [] {
    if (shared_file().empty()) return std::vector<Case>{};
    const auto content = read_file(shared_file(), std::size_t{512} << 20);
    auto parsed = content ? parse_suite(*content) : Result<std::vector<Case>>{};
    if (!content || !parsed)
      throw std::runtime_error(shared_file() + " can't be read as x509-limbo's testcases");
    return *parsed;
  }();
  return cases;
}

}  // namespace mailtap::limbo
