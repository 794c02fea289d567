#include "proxy/command_line/run_options.h"

#include <CLI/CLI.hpp>
#include <catch2/catch_test_macros.hpp>

#include "config/base/result.h"

using namespace mailtap;

namespace {

Result<config::RunCommandLine> parse(const std::string& arguments) {
  CLI::App app;
  config::RunCommandLine line;
  commands::add_run_options(app, line);
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return fail(error.what());
  }
  return line;
}

}  // namespace

TEST_CASE("what is given is kept as it was written, by the option's name") {
  auto line = parse("--config m.toml --listen :1 --log - --idle-timeout 5m --require-trusted").value();
  CHECK(line.config_file == "m.toml");
  std::erase_if(line.given, [](const auto& option) { return option.second.empty(); });
  CHECK(line.given ==
        decltype(line.given){
            {"idle-timeout", {"5m"}}, {"listen", {":1"}}, {"log", {"-"}}, {"require-trusted", {"true"}}});
}

TEST_CASE("repeatable options take one value each, and others can't be given twice") {
  CHECK(parse("--trust system --trust /dev/null").value().given["trust"] ==
        config::OptionValues{"system", "/dev/null"});
  CHECK_FALSE(parse("--listen :1 --listen :2"));
  CHECK_FALSE(parse("--trust system /dev/null"));
}
