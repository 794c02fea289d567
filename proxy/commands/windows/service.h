// `mailtap service`: mailtap as a service of Windows's.
//
//   service_manager.cpp   makes, starts, tells and removes it, in somebody's console
//   service_process.cpp   is it: what the service control manager starts
#pragma once

#include <string>

#include "config/base/language.h"

namespace mailtap::commands::service {

/// What the command line says of it. Paths are UTF-8; those of a service that was made are absolute.
struct Line {
  std::string name = "mailtap";
  std::string config;
  std::string messages;
  std::string account = "NT AUTHORITY\\LocalService";
  Language language = Language::english;  ///< of what is said in the console
};

// Each says on standard output what came of it, on standard error what failed, and gives the exit code.

int install(const Line& line);
int remove(const Line& line);
/// Waits until it runs or has ended.
int start(const Line& line);
/// Has it drain, and doesn't wait.
int stop(const Line& line);
int reload(const Line& line);
/// Success: it runs.
int status(const Line& line);

/// As the process of the service. What else standard output and standard error would have gets goes to files
/// beside `line.messages`.
int run(const Line& line);

}  // namespace mailtap::commands::service
