#include "proxy/demo/demo.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "config/base/phrases.h"
#include "proxy/demo/report.h"
#include "proxy/demo/signals_held.h"

namespace mailtap::demo {

int run(const Lab& lab, const Options& options, std::ostream& out, const terminal::Style& style) {
  const auto began = std::chrono::steady_clock::now();
  std::optional<SignalsHeld> held(std::in_place);
  const auto installation = Installation::make(lab, options.language);
  if (!installation) {
    std::cerr << "mailtap demo: " << in_language(installation.error().message, options.language) << '\n';
    return EXIT_FAILURE;
  }

  Report report(lab, out, style, options.language);
  report.begin();
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < lab.servers.size(); ++i) {
    outcomes.push_back(poll_server(**installation, lab, i));
    report.progress(lab.servers[i], outcomes.back());
  }
  report.verdicts(outcomes);
  const auto took = std::chrono::steady_clock::now() - began;
  report.sum(outcomes, std::chrono::duration_cast<std::chrono::milliseconds>(took));

  if (options.keep) {
    report.commands(**installation);
    held.reset();  // one that came meanwhile takes effect now
    (*installation)->run_until_signal();
  }
  const bool all = std::all_of(outcomes.begin(), outcomes.end(),
                               [](const Outcome& outcome) { return outcome.as_expected(); });
  return all ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace mailtap::demo
