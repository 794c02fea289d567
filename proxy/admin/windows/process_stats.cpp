#include "proxy/admin/process_stats.h"

#include "config/base/windows/system.h"

namespace mailtap::admin {

namespace {

/// In seconds; Windows counts in tenths of microseconds.
double seconds(const FILETIME& time) {
  return static_cast<double>(std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime) / 1e7;
}

constexpr double from_1601_to_1970 = 11'644'473'600;

}  // namespace

std::vector<ProcessStat> process_stats() {
  std::vector<ProcessStat> all;
  auto* const self = ::GetCurrentProcess();
  FILETIME began{}, ended{}, kernel{}, user{};
  if (::GetProcessTimes(self, &began, &ended, &kernel, &user) != 0) {
    all.push_back({"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", true,
                   seconds(user) + seconds(kernel)});
    all.push_back({"process_start_time_seconds", "Start time of the process since the Unix epoch in seconds.",
                   false, seconds(began) - from_1601_to_1970});
  }
  PROCESS_MEMORY_COUNTERS memory{};
  if (::GetProcessMemoryInfo(self, &memory, sizeof memory) != 0) {
    all.push_back({"process_virtual_memory_bytes", "Virtual memory size in bytes.", false,
                   static_cast<double>(memory.PagefileUsage)});
    all.push_back({"process_resident_memory_bytes", "Resident memory size in bytes.", false,
                   static_cast<double>(memory.WorkingSetSize)});
  }
  DWORD handles = 0;
  if (::GetProcessHandleCount(self, &handles) != 0)
    all.push_back(
        {"process_open_fds", "Number of open file descriptors.", false, static_cast<double>(handles)});
  return all;
}

}  // namespace mailtap::admin
