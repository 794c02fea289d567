// How a program that is started is set up, and ended.
#pragma once

#include <string>
#include <vector>

namespace mailtap::alerts {

/// NAME=VALUE: what a program needs of the environment to find others. Nothing of mailtap's own, which may
/// hold secrets.
std::vector<std::string> plain_environment();

enum class Ending { politely, at_once };

/// The process, which was started detached (UV_PROCESS_DETACHED), and what it has started.
void end_with_children(int process, Ending how);

}  // namespace mailtap::alerts
