// mailtap-limbo [--profile rfc5280|webpki | --as CLIENT] < limbo.json > results.json

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "bench/limbo/limbo.h"
#include "certs/clients/profiles.h"

int main(int argc, char** argv) {
  using namespace mailtap;
  CLI::App app("Judges the testcases of x509-limbo: the suite on standard input, results on standard output");
  std::string profile = "rfc5280";
  app.add_option("--profile", profile, "What certificates must conform to")
      ->check(CLI::IsMember({"rfc5280", "webpki"}))
      ->capture_default_str();
  std::string client;
  app.add_option("--as", client,
                 "Write what this client would say, with the settings of x509-limbo's harnesses");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }

  const auto* as = client.empty() ? nullptr : certs::clients::find_measured_profile(client);
  if (!client.empty() && as == nullptr) {
    std::cerr << "mailtap-limbo: --as: no client is called " << client << "; there are";
    for (const auto* known : certs::clients::profiles()) std::cerr << " " << known->name;
    std::cerr << "\n";
    return 64;
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
        as != nullptr
            ? limbo::run_as(test, *as, now)
            : limbo::run(test, profile == "webpki" ? certs::Profile::webpki : certs::Profile::rfc5280, now));
  std::cout << limbo::write_results(outcomes, as == nullptr ? "mailtap-0.1.0" : "mailtap-0.1.0 as " + client)
            << "\n";
  return 0;
}
