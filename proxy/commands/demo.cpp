#include "proxy/commands/demo.h"

#include <cstdlib>
#include <iostream>
#include <string>

#include <unistd.h>

#include "config/base/phrases.h"
#include "config/values.h"
#include "proxy/demo/demo.h"

namespace mailtap::commands {

int run_demo(const DemoLine& line) {
  const demo::Options options{line.keep, config::language_for(line.language)};
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto lab = demo::make_lab(now);
  if (!lab) {
    std::cerr << "mailtap demo: " << in_language(lab.error().message, options.language) << '\n';
    return EXIT_FAILURE;
  }
  return demo::run(*lab, options, std::cout, terminal::style_for(STDOUT_FILENO));
}

}  // namespace mailtap::commands
