#include "bench/tool/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mailtap::bench {

namespace {

constexpr std::chrono::seconds patience{10};

/// Empty if it can't be read: a process of /proc may end meanwhile, which makes reading fail, and only
/// getline() of what is used here doesn't throw then.
std::string read_whole(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string text;
  std::getline(stream, text, '\0');
  return text;
}

/// The fields of /proc/PID/stat after the command's name, which may hold anything.
std::vector<std::string> stat_fields(const std::filesystem::path& folder) {
  const auto text = read_whole(folder / "stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(text.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

std::size_t proportional_kib(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Pss:")) return std::strtoul(line.c_str() + 4, nullptr, 10);
  return 0;
}

}  // namespace

std::filesystem::path find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0 ? program : "";
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path != nullptr ? path : "") + ":/usr/sbin:/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto file = std::filesystem::path(folder) / program;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

bool is_installed(const std::string& program) {
  return !find_program(program).empty();
}

Result<Child> Child::start(const std::vector<std::string>& command, std::filesystem::path output) {
  const auto program = find_program(command.front());
  if (program.empty()) return fail(command.front() + " isn't installed");
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const auto parent = ::getpid();
  const auto pid = ::fork();
  if (pid < 0) return fail(std::string("no process can be started: ") + std::strerror(errno));
  if (pid == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);
    const int null = ::open("/dev/null", O_RDONLY);
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (null < 0 || out < 0) ::_exit(127);
    ::dup2(null, 0);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::execv(program.c_str(), arguments.data());
    ::_exit(127);
  }
  ::setpgid(pid, pid);  // both sides, so that whoever comes first sees it done
  return Child(pid, std::move(output));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), output_(std::move(other.output_)) {}

Child::~Child() {
  stop();
}

bool Child::running() const {
  return pid_ != 0 && ::waitid(P_PID, static_cast<id_t>(pid_), nullptr, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         stat_fields("/proc/" + std::to_string(pid_)).front() != "Z";
}

void Child::stop() {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > until) {
      ::kill(-pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ::kill(-pid_, SIGKILL);  // workers whose master is gone
  pid_ = 0;
}

std::string Child::output() const {
  std::ifstream file(output_);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<pid_t> Child::group() const {
  std::vector<pid_t> members;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    constexpr std::size_t pgrp = 2;  // after state and ppid
    const auto fields = stat_fields(entry.path());
    if (fields.size() > pgrp && fields[pgrp] == std::to_string(pid_)) members.push_back(std::stoi(name));
  }
  return members;
}

double Child::cpu_seconds() const {
  double sum = 0;
  for (const auto pid : group()) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) == 0 && ::clock_gettime(clock, &time) == 0)
      sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  return sum;
}

double Child::cpu_seconds_of(const std::string& thread) const {
  double sum = 0;
  std::error_code ended;
  for (const auto pid : group()) {
    const std::filesystem::directory_iterator threads("/proc/" + std::to_string(pid) + "/task", ended);
    for (const auto& entry : threads) {
      if (read_whole(entry.path() / "comm") == thread + "\n")
        sum += std::strtod(read_whole(entry.path() / "schedstat").c_str(), nullptr) / 1e9;
    }
  }
  return sum;
}

std::size_t Child::memory_kib() const {
  std::size_t sum = 0;
  for (const auto pid : group()) sum += proportional_kib(pid);
  return sum;
}

}  // namespace mailtap::bench
