// Builds everything from the command line; nothing is global.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "proxy/commands/ca.h"
#include "proxy/commands/check.h"
#include "proxy/commands/config.h"
#include "proxy/commands/demo.h"
#include "proxy/commands/run.h"
#include "proxy/commands/trace.h"
#include "tls/crypto/backend.h"
#include "tls/session.h"

namespace {

int run(int argc, char** argv) {
  using namespace mailtap;
  constexpr int usage_error = 64;  // sysexits.h

  CLI::App app{
      "mailtap stands between a mail client and a mail server, terminates TLS on both sides, and says of "
      "every\n"
      "connection whether the server's certificate is trusted and matches its name, and if not why and what "
      "to do.\n"
      "\n"
      "  mailtap demo                                       see what it says of each kind of fault\n"
      "  mailtap check mail.contoso.local                   say what a server's certificate is worth\n"
      "  mailtap run --listen :8443 --upstream mail:443     put it in between\n"
      "\n"
      "Each command explains itself with --help."};
  app.name("mailtap");
  app.set_version_flag("--version",
                       [] { return MAILTAP_VERSION "\ncryptography by " + crypto::describe_backend(); });
  app.require_subcommand(0, 1);  // so that a wrong one is complained of, rather than that there is none
  app.get_formatter()->column_width(34);

  int status = EXIT_SUCCESS;
  commands::add_run(app, status);
  commands::add_check(app, status);
  commands::add_config(app, status);
  commands::add_ca_command(app, status);
  commands::add_trace(app, status);
  commands::add_demo(app, status);

  if (const auto ready = tls::initialise(); !ready) {
    std::fprintf(stderr, "mailtap: %s\n", ready.error().message.c_str());
    return EXIT_FAILURE;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : usage_error;
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
    return run(argc, argv);
  } catch (const std::exception& error) {  // memory ran out, a thread can't be started
    std::fprintf(stderr, "mailtap: %s\n", error.what());
  } catch (...) {
    std::fputs("mailtap: failed for no reason that is known\n", stderr);
  }
  return EXIT_FAILURE;
}
