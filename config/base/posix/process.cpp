#include "config/base/process.h"

#include <algorithm>
#include <csignal>

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

void name_thread(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
}

void lower_thread_priority() {
  constexpr int low_priority = 10;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), low_priority);  // Linux: of this thread alone
}

}  // namespace mailtap
