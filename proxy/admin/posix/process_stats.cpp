#include "proxy/admin/process_stats.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace mailtap::admin {

namespace {

/// When the process began, in seconds since 1970: proc(5), /proc/self/stat's 22nd field, in ticks since boot.
std::optional<double> start_time() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto name_ends = text.rfind(')');
  if (name_ends == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_ends + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i)
    if (!(fields >> field)) return std::nullopt;
  timespec now{};
  timespec since_boot{};
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  return static_cast<double>(now.tv_sec - since_boot.tv_sec) +
         std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// Bytes of memory: virtual, resident.
std::optional<std::array<double, 2>> memory() {
  std::ifstream file("/proc/self/statm");
  std::array<double, 2> pages{};
  if (!(file >> pages[0] >> pages[1])) return std::nullopt;
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return std::array{pages[0] * page, pages[1] * page};
}

}  // namespace

std::vector<ProcessStat> process_stats() {
  std::vector<ProcessStat> all;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    all.push_back({"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", true,
                   seconds(usage.ru_utime) + seconds(usage.ru_stime)});
  }
  if (const auto began = start_time())
    all.push_back({"process_start_time_seconds", "Start time of the process since the Unix epoch in seconds.",
                   false, *began});
  if (const auto bytes = memory()) {
    all.push_back({"process_virtual_memory_bytes", "Virtual memory size in bytes.", false, bytes->front()});
    all.push_back({"process_resident_memory_bytes", "Resident memory size in bytes.", false, bytes->back()});
  }
  std::error_code error;
  const std::filesystem::directory_iterator descriptors("/proc/self/fd", error);
  if (!error)
    all.push_back({"process_open_fds", "Number of open file descriptors.", false,
                   static_cast<double>(std::distance(begin(descriptors), end(descriptors)))});
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    all.push_back({"process_max_fds", "Maximum number of open file descriptors.", false,
                   static_cast<double>(limit.rlim_cur)});
  return all;
}

}  // namespace mailtap::admin
