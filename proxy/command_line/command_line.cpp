#include "proxy/command_line/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "config/base/phrases.h"
#include "proxy/command_line/commands.h"
#include "proxy/command_line/complaint.h"
#include "proxy/command_line/help.h"
#include "proxy/commands/failure.h"
#include "tls/crypto/backend.h"

namespace mailtap::commands {

int run_command_line(const std::vector<std::string>& arguments, const std::string& version, bool by_profile) {
  const auto language = language_of_arguments(arguments);
  int status = EXIT_SUCCESS;
  CLI::App app;
  app.set_version_flag("--version", [&version, by_profile, language] {
    return version + "\n" + said(language, "cryptography by {what}", {crypto::describe_backend()}) +
           (by_profile ? "\n" + said(language, "optimised by a profile") : std::string());
  });
  add_all(app, status);
  put_help_into(app, language);
  try {
    std::vector<const char*> pointers;
    pointers.reserve(arguments.size());
    for (const auto& argument : arguments) pointers.push_back(argument.c_str());
    app.parse(static_cast<int>(pointers.size()), pointers.data());
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::fprintf(stderr, "%s\n", complaint(app, error, language).c_str());
    return usage_error;
  }
  if (app.get_subcommands().empty()) {
    std::fputs(app.help().c_str(), stderr);
    return usage_error;
  }
  return status;
}

void add_all(CLI::App& app, int& status) {
  app.name("mailtap");
  app.description(
      "mailtap stands between a mail client and a mail server, terminates TLS on both sides, and says of "
      "every\n"
      "connection whether the server's certificate is trusted and matches its name, and if not why and what "
      "to do.\n"
      "\n"
      "  mailtap demo                                       see what it says of each kind of fault\n"
      "  mailtap check mail.contoso.local                   say what a server's certificate is worth\n"
      "  mailtap explain 0x800B0109                         say what an error message means\n"
      "  mailtap run --listen :8443 --upstream mail:443     put it in between\n"
      "\n"
      "Each command explains itself with --help.");
  app.require_subcommand(0, 1);  // so that a wrong one is complained of, rather than that there is none
  app.get_formatter()->column_width(34);

  add_run(app, status);
  add_check(app, status);
  add_explain(app, status);
  add_report(app, status);
  add_router(app, status);
  add_config(app, status);
  add_ca(app, status);
  add_trace(app, status);
  add_top(app, status);
  add_demo(app, status);
  add_system_commands(app, status);
}

}  // namespace mailtap::commands
