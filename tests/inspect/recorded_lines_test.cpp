// What is written of a connection is a contract: recorded_lines.txt has lines as they were written before the
// record had enumerations. A change that adds a member writes it anew: inspect_tests "[write]".
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/base/file.h"
#include "recorded_connections.h"
#include "tests/source_file.h"

using namespace mailtap;
using namespace mailtap::test;

namespace {

const std::string recorded_file = tests::source_file("tests/inspect/recorded_lines.txt");

/// Escape sequences of a terminal as a text file may have them.
std::string without_escapes(const std::string& text) {
  std::string shown;
  for (const char c : text) shown += c == '\x1b' ? std::string("\\e") : std::string(1, c);
  return shown;
}

template <class... What>
void write(std::string& to, const std::string& name, const What&... what) {
  to += "# " + name + "\n" + to_json(what...) + "\n" + without_escapes(to_text(what..., false)) + "\n" +
        without_escapes(to_text(what..., true)) + "\n";
}

std::string lines_now() {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  std::string lines;
  for (const auto& each : recorded_connections()) write(lines, each.name, each.record);
  for (const auto& each : recorded_exchanges()) write(lines, each.name, each.exchange, each.context);
  return lines;
}

}  // namespace

TEST_CASE("connections and exchanges are written byte for byte as they were before records were typed") {
  const auto recorded = read_file(recorded_file);
  REQUIRE(recorded);
  std::istringstream before(*recorded), now(lines_now());
  std::string line_before, line_now, name;
  for (int number = 1; std::getline(before, line_before); ++number) {
    REQUIRE(std::getline(now, line_now));
    if (line_before.starts_with("# ")) name = line_before;
    INFO(name << ", line " << number);
    REQUIRE(line_now == line_before);
  }
  CHECK_FALSE(std::getline(now, line_now));
}

TEST_CASE("the lines are recorded", "[.][write]") {
  std::ofstream(recorded_file) << lines_now();
}
