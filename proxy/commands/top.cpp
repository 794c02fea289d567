#include "proxy/commands/top.h"

#include <iostream>

#include "config/base/phrases.h"
#include "config/base/process.h"
#include "config/values.h"
#include "proxy/commands/failure.h"
#include "proxy/http/token.h"
#include "proxy/top/top.h"

namespace mailtap::commands {

namespace {

Result<top::Options> options_of(const TopLine& line) {
  top::Options options;
  auto url = config::parse_url(line.url.find("://") == std::string::npos ? "http://" + line.url : line.url);
  if (!url)
    return fail("URL: \"" + line.url + "\": " + url.error().message +
                "; give such as http://127.0.0.1:8025/");
  if (url->is_tls) return fail("URL: the admin endpoint speaks plain http://; give such a URL");
  options.url = std::move(*url);
  if (!line.token_file.empty()) {
    auto token = http::read_token(line.token_file);
    if (!token) return fail("--admin-token-file: " + token.error().message);
    options.token = std::move(*token);
  }
  const auto interval = config::parse_timeout(line.interval);
  if (!interval) return fail("--interval: " + interval.error().message);
  options.interval = *interval;
  options.language = config::language_for(line.language);
  options.once = line.once;
  return options;
}

}  // namespace

int run_top(const TopLine& line) {
  const auto options = options_of(line);
  if (!options) {
    const auto language = config::language_for(line.language);
    std::cerr << "mailtap top: " << in_language(options.error().message, language) << '\n';
    return usage_error;
  }
  ignore_broken_pipes();
  return top::run(*options);
}

}  // namespace mailtap::commands
