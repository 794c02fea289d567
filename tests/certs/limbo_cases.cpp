#include "tests/certs/limbo_cases.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "config/base/file.h"

namespace mailtap::limbo {

const std::string& shared_file() {
  static const auto found = [] {
    std::vector<std::string> files;
    if (const char* named = std::getenv("MAILTAP_LIMBO")) files.emplace_back(named);
    std::istringstream defaults(MAILTAP_LIMBO_FILES);
    for (std::string file; std::getline(defaults, file, ':');) files.push_back(file);
    for (const auto& file : files)
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
