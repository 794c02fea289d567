// mailtap-limbo [--profile rfc5280|webpki] < limbo.json > results.json

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "bench/limbo/limbo.h"

int main(int argc, char** argv) {
  using namespace mailtap;
  CLI::App app("Judges the testcases of x509-limbo: the suite on standard input, results on standard output");
  std::string profile = "rfc5280";
  app.add_option("--profile", profile, "What certificates must conform to")
      ->check(CLI::IsMember({"rfc5280", "webpki"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }

  const std::string json{std::istreambuf_iterator<char>(std::cin), {}};
  const auto suite = limbo::parse_suite(json);
  if (!suite) {
    std::cerr << "mailtap-limbo: standard input: " << suite.error().message << "\n";
    return 1;
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::vector<limbo::Outcome> outcomes;
  for (const auto& test : *suite)
    outcomes.push_back(
        limbo::run(test, profile == "webpki" ? certs::Profile::webpki : certs::Profile::rfc5280, now));
  std::cout << limbo::write_results(outcomes, "mailtap-0.1.0") << "\n";
  return 0;
}
