#include "proxy/commands/router.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"

namespace mailtap::commands {

void add_router(CLI::App& app, int& status) {
  auto* router = app.add_subcommand("router", "Say what the CRM E-mail Router is configured to connect to");
  router->require_subcommand(1);
  auto* command = router->add_subcommand(
      "show", "List the profiles in the router's configuration file, and check the server of each");
  auto line = std::make_shared<RouterShowLine>();
  command
      ->add_option(
          "FILE", line->file,
          "Its Microsoft.Crm.Tools.EmailAgent.xml (default, on the router's machine: where its setup "
          "puts it)")
      ->type_name("FILE");
  command->add_flag("--no-check", line->only_list, "List the profiles alone; connect to nobody");
  command
      ->add_option("--trust", line->trust,
                   "What the router trusts: a file, a folder, or system (default); repeatable")
      ->allow_extra_args(false);
  command->add_option("--crl", line->crl, "A CRL file; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_option("--at", line->at, "Judge as of this time, such as 2026-11-23T20:00:00Z (default: now)");
  command->add_option("--as", line->as,
                      "As this client would judge it: dotnet-framework is what the router runs on");
  command->add_option("--timeout", line->timeout,
                      "For each connection, such as 5s (default 10s; before STARTTLS 30s)");
  add_language_option(*command, line->language);
  command->add_flag("--json", line->json, "One JSON document instead of text");
  command->footer(
      "Each profile's server is checked by the name that the profile has, as the router itself asks for it:\n"
      "Exchange over HTTPS, POP3 with TLS at once, SMTP by STARTTLS. Servers that several mailboxes share "
      "are\n"
      "checked once. The CRM server that the router delivers to is checked too. User names and passwords in\n"
      "the file are never read out. At most 1000 servers are checked.\n"
      "\n"
      "Exit code: as of mailtap check; the worst counts. 64 usage, 66 the file can't be read.\n"
      "\n"
      "  mailtap router show\n"
      "  mailtap router show EmailAgent.xml --trust routers-roots.pem --as dotnet-framework");
  command->callback([line, &status] { status = run_router_show(*line); });
}

}  // namespace mailtap::commands
