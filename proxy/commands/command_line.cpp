#include "proxy/commands/command_line.h"

#include <CLI/CLI.hpp>

#include "proxy/commands/ca.h"
#include "proxy/commands/check.h"
#include "proxy/commands/config.h"
#include "proxy/commands/demo.h"
#include "proxy/commands/explain.h"
#include "proxy/commands/report.h"
#include "proxy/commands/run.h"
#include "proxy/commands/trace.h"

namespace mailtap::commands {

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
  add_config(app, status);
  add_ca_command(app, status);
  add_trace(app, status);
  add_demo(app, status);
}

}  // namespace mailtap::commands
