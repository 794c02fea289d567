#include "proxy/command_line/commands.h"

namespace mailtap::commands {

void add_system_commands(CLI::App& /*app*/, int& /*status*/) {}

}  // namespace mailtap::commands
