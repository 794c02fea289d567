#include "proxy/commands/windows/tell.h"

#include <cstdlib>
#include <iostream>

#include "config/base/phrases.h"
#include "config/values.h"
#include "inspect/writers/messages.h"
#include "proxy/runtime/control.h"

namespace mailtap::commands {

int run_tell(const TellLine& line) {
  using proxy::Told;
  const auto what = line.what == "stop"     ? Told::stop
                    : line.what == "reload" ? Told::reload
                                            : Told::write_traces;
  const auto language = config::language_for(line.language);
  if (const auto told = proxy::tell(line.process, what); !told) {
    inspect::Messages(2).in(language).error(told.error().message);
    return EXIT_FAILURE;
  }
  std::cout << said(language, "told") << '\n';
  return EXIT_SUCCESS;
}

}  // namespace mailtap::commands
