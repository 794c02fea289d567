// What is asked of the system about this process and its threads.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace mailtap {

/// Before anything else in main(): what is read and written is UTF-8, and lines end in LF alone.
void prepare_process();
/// What main() was given, in UTF-8.
std::vector<std::string> program_arguments(int argc, char** argv);

/// A write to a closed pipe or socket is an error value from now on, no signal that ends the process.
void ignore_broken_pipes();

/// The processors that this process may run on, which containers and taskset restrict; at least 1.
unsigned available_processors();

/// Of the machine's, those that no thread wants at this moment; nothing where the system doesn't tell
/// (proc_loadavg(5)).
std::optional<unsigned> idle_processors();

/// What the calling thread has had of the processors in all, in the system's grain: microseconds or less on
/// Linux, 16 ms on Windows.
std::chrono::nanoseconds thread_processor_time();

/// The calling thread's, as debuggers and `ps -L` show it; at most 15 letters.
void name_thread(const char* name);
/// The calling thread gives way to the others.
void lower_thread_priority();

}  // namespace mailtap
