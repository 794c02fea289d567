// A proxy under test: a process group of its own, which ends with its owner.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "config/base/result.h"

namespace mailtap::bench {

class Child {
 public:
  /// Starts `command` (found by PATH) with both outputs going to `output`. The child is told to end when this
  /// process does, however that ends.
  static Result<Child> start(const std::vector<std::string>& command, std::filesystem::path output);
  /// Ends the whole group: SIGTERM, and SIGKILL if that takes long.
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  pid_t pid() const { return pid_; }
  bool running() const;
  /// SIGTERM, then waits for the end.
  void stop();
  /// What it has written so far.
  std::string output() const;

  /// CPU seconds of all its processes' threads, those that have ended included.
  double cpu_seconds() const;
  /// Of those of its threads that have this name and still run.
  double cpu_seconds_of(const std::string& thread) const;
  /// KiB that the group's processes hold: proportional set size, shared pages counted in parts. 0: unknown.
  std::size_t memory_kib() const;

 private:
  Child(pid_t pid, std::filesystem::path output) : pid_(pid), output_(std::move(output)) {}
  std::vector<pid_t> group() const;

  pid_t pid_;  // also the group's id; 0: moved from, or ended
  std::filesystem::path output_;
};

/// True if a program of that name can be started.
bool is_installed(const std::string& program);

/// Where `program` is: PATH, and the folders of servers that users' PATH leaves out.
std::filesystem::path find_program(const std::string& program);

}  // namespace mailtap::bench
