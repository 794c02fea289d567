#include "config/base/process.h"

#include <algorithm>
#include <csignal>
#include <fstream>

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace mailtap {

void prepare_process() {}

std::vector<std::string> program_arguments(int argc, char** argv) {
  return {argv, argv + argc};
}

void ignore_broken_pipes() {
  std::signal(SIGPIPE, SIG_IGN);
}

unsigned available_processors() {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&cpus), 1));
}

std::optional<unsigned> idle_processors() {
  std::ifstream file("/proc/loadavg");  // 0.20 0.18 0.12 RUNNABLE/ALL LAST
  double averages = 0;
  long wanted = 0;
  const auto online = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (!(file >> averages >> averages >> averages >> wanted) || online < 1) return std::nullopt;
  return static_cast<unsigned>(std::max(online - wanted, 0L));
}

std::chrono::nanoseconds thread_processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void name_thread(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
}

void lower_thread_priority() {
  constexpr int low_priority = 10;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), low_priority);  // Linux: of this thread alone
}

}  // namespace mailtap
