#include "proxy/commands/top.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "config/base/phrases.h"
#include "config/base/process.h"
#include "config/values.h"
#include "proxy/commands/language_option.h"
#include "proxy/http/token.h"
#include "proxy/top/top.h"

namespace mailtap::commands {

namespace {

struct Line {
  std::string url = "http://127.0.0.1:8025/";
  std::string token_file;
  std::string interval = "2s";
  std::string language;
  bool once = false;
};

Result<top::Options> options_of(const Line& line) {
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

int run_top(const Line& line) {
  constexpr int usage_error = 64;  // sysexits.h
  const auto options = options_of(line);
  if (!options) {
    const auto language = config::language_for(line.language);
    std::cerr << "mailtap top: " << in_language(options.error().message, language) << '\n';
    return usage_error;
  }
  ignore_broken_pipes();
  return top::run(*options);
}

}  // namespace

void add_top(CLI::App& app, int& status) {
  auto* command =
      app.add_subcommand("top", "Watch a running mailtap in the terminal: how each server is, worst first");
  auto line = std::make_shared<Line>();
  command->add_option("URL", line->url,
                      "Of its admin endpoint, as `run --admin` says it (default: http://127.0.0.1:8025/)");
  command
      ->add_option("--admin-token-file", line->token_file,
                   "The file with the endpoint's token, if it asks for one")
      ->type_name("FILE");
  command->add_option("--interval", line->interval, "How often it is asked, such as 500ms (default 2s)");
  add_language_option(*command, line->language);
  command->add_flag("--once", line->once, "One screen, and no more");
  command->footer(
      "Examples:\n"
      "  mailtap run --listen :8443 --upstream mail.contoso.local:443 --admin 8025\n"
      "  mailtap top\n"
      "  mailtap top http://127.0.0.1:8025/ --once");
  command->callback([line, &status] { status = run_top(*line); });
}

}  // namespace mailtap::commands
