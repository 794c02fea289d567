#include "proxy/commands/run.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/command_line/commands.h"
#include "proxy/command_line/run_options.h"

namespace mailtap::commands {

void add_run(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("run", "Stand between mail clients and a mail server");
  auto line = std::make_shared<config::RunCommandLine>();
  add_run_options(*command, *line);
  command->footer(
      command->get_footer() +
      "\n\n"
      "Examples:\n"
      "  Say what is wrong with the server's certificate (the client sees the same faults as without "
      "mailtap):\n"
      "    mailtap run --listen :8443 --upstream mail.contoso.local:443\n"
      "  Present a certificate that clients trust once they trust the local CA:\n"
      "    mailtap ca init --ca-cert ca.pem --ca-key ca.key\n"
      "    mailtap run --listen :8443 --upstream mail.contoso.local:443 --ca-cert ca.pem --ca-key ca.key\n"
      "  From a file, read again on SIGHUP:\n"
      "    mailtap run --config mailtap.toml\n"
      "\n"
      "SIGTERM drains: no new connections, those there may end within --drain-timeout. SIGUSR2 starts a new "
      "process\n"
      "that takes over, then drains: a restart that refuses nobody.");
  command->callback([line, &status] { status = run_proxy(*line); });
}

}  // namespace mailtap::commands
