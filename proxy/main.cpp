// Builds everything from the command line; nothing is global.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "config/base/phrases.h"
#include "config/base/process.h"
#include "config/base/version.h"
#include "proxy/commands/command_line.h"
#include "proxy/commands/help.h"
#include "proxy/memory/huge_pages.h"
#include "tls/crypto/backend.h"
#include "tls/sessions/sessions.h"

namespace {

int run(const std::vector<std::string>& arguments) {
  using namespace mailtap;
  constexpr int usage_error = 64;  // sysexits.h

  CLI::App app;
  const auto language = commands::language_of_arguments(arguments);
  app.set_version_flag("--version", [language] {
    return "mailtap " + version_and_commit() + "\n" +
           said(language, "cryptography by {what}", {crypto::describe_backend()});
  });
  int status = EXIT_SUCCESS;
  commands::add_all(app, status);
  commands::put_help_into(app, language);

  if (const auto ready = tls::initialise(); !ready) {
    std::fprintf(stderr, "mailtap: %s\n", ready.error().message.c_str());
    return EXIT_FAILURE;
  }
  try {
    std::vector<const char*> pointers;
    pointers.reserve(arguments.size());
    for (const auto& argument : arguments) pointers.push_back(argument.c_str());
    app.parse(static_cast<int>(pointers.size()), pointers.data());
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::fprintf(stderr, "%s\n", commands::complaint(app, error, language).c_str());
    return usage_error;
  }
  if (app.get_subcommands().empty()) {
    std::fputs(app.help().c_str(), stderr);
    return usage_error;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    mailtap::use_huge_pages();
    mailtap::prepare_process();
    return run(mailtap::program_arguments(argc, argv));
  } catch (const std::exception& error) {  // memory ran out, a thread can't be started
    std::fprintf(stderr, "mailtap: %s\n", error.what());
  } catch (...) {
    std::fputs("mailtap: failed for no reason that is known\n", stderr);
  }
  return EXIT_FAILURE;
}
