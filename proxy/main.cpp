// Builds everything from the command line; nothing is global.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "config/base/process.h"
#include "config/base/version.h"
#include "proxy/command_line/command_line.h"
#include "proxy/memory/huge_pages.h"
#include "tls/sessions/sessions.h"

namespace {

int run(int argc, char** argv) {
  using namespace mailtap;
  use_huge_pages();
  prepare_process();
  const auto arguments = program_arguments(argc, argv);
  if (const auto ready = tls::initialise(); !ready) {
    std::fprintf(stderr, "mailtap: %s\n", ready.error().message.c_str());
    return EXIT_FAILURE;
  }
  return commands::run_command_line(arguments, "mailtap " + version_and_commit(), is_by_profile());
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
