// How far the profiles say what eight libraries really said of x509-limbo's and BetterTLS' cases, when those
// are at hand: baselines-shared.tsv beside the suite.

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
#include <sstream>

#include "certs/clients/profiles.h"
#include "config/base/file.h"
#include "tests/certs/limbo_cases.h"

using namespace mailtap;

namespace {

/// Id, then what each column says: SUCCESS, FAILURE, SKIPPED.
using Row = std::map<std::string, std::string>;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
  return cells;
}

std::map<std::string, Row> baselines() {
  const auto file = std::filesystem::path(limbo::shared_file()).parent_path() / "baselines-shared.tsv";
  if (limbo::shared_file().empty() || !std::filesystem::exists(file))
    SKIP("what other libraries say of x509-limbo's testcases isn't here: " << file);
  const auto content = read_file(file.string(), std::size_t{16} << 20);
  REQUIRE(content);
  std::istringstream lines(*content);
  std::string line;
  std::getline(lines, line);
  const auto head = split(line);
  std::map<std::string, Row> rows;
  while (std::getline(lines, line)) {
    const auto cells = split(line);
    for (std::size_t i = 1; i < cells.size(); ++i) rows[cells[0]][head[i]] = cells[i];
  }
  return rows;
}

struct Agreement {
  int agreed = 0;
  int count = 0;
  double rate() const { return count == 0 ? 1 : static_cast<double>(agreed) / count; }
};

std::string set_of(const limbo::Case& test) {
  return test.id.starts_with("bettertls") ? "bettertls" : test.crls.empty() ? "core" : "crl";
}

constexpr std::array<std::pair<const char*, const char*>, 8> columns{{
    {"mbedtls-3.6.6", "mbedtls"},
    {"openssl-3.0.22", "openssl-3.0"},
    {"openssl-3.6.5", "openssl-3.6"},
    {"gnutls-3.7.9", "gnutls-3.7"},
    {"gnutls-3.8.13", "gnutls-3.8"},
    {"go-1.27.3", "go"},
    {"rustls-webpki-0.103.15", "rustls-webpki"},
    {"pyca-cryptography-49.0.0", "pyca"},
}};

}  // namespace

TEST_CASE("profiles say what the libraries said: 98 % of the core, 99 % of BetterTLS") {
  const auto rows = baselines();
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::cout << std::left << std::setw(28) << "library" << std::setw(12) << "core" << std::setw(12)
            << "bettertls"
            << "crl\n";
  for (const auto& [column, name] : columns) {
    const auto* profile = certs::clients::find_measured_profile(name);
    REQUIRE(profile != nullptr);
    std::map<std::string, Agreement> sets;
    for (const auto& test : limbo::shared_cases()) {
      const auto row = rows.find(test.id);
      if (row == rows.end()) continue;
      const auto& said = row->second.at(column);
      const auto outcome = limbo::run_as(test, *profile, now);
      if (said == "SKIPPED" || outcome.actual == "SKIPPED") continue;
      auto& set = sets[set_of(test)];
      ++set.count;
      set.agreed += outcome.actual == said ? 1 : 0;
      if (outcome.actual != said)
        UNSCOPED_INFO(column << " " << test.id << ": said " << said << ", predicted " << outcome.actual << " "
                             << outcome.context);
    }
    std::cout << std::setw(28) << column;
    for (const auto* set : {"core", "bettertls", "crl"})
      std::cout << std::setw(12)
                << (std::to_string(sets[set].agreed) + "/" + std::to_string(sets[set].count));
    std::cout << "\n";
    CHECK(sets["core"].rate() >= 0.98);
    CHECK(sets["bettertls"].rate() >= 0.99);
  }
}
