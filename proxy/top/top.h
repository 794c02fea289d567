// Asks the admin endpoint again and again, and shows what it tells.
#pragma once

#include <chrono>
#include <string>

#include "config/base/language.h"
#include "config/base/result.h"
#include "config/url.h"

namespace mailtap::top {

struct Options {
  config::Url url;    ///< of the endpoint
  std::string token;  ///< empty: none
  std::chrono::milliseconds interval{2'000};
  Language language = Language::english;
  bool once = false;  ///< one screen, as high as it is
};

/// Until SIGINT or SIGTERM, or for one screen, on standard output. The process's exit code.
int run(const Options& options);

}  // namespace mailtap::top
