// Numbers and times as the log's text form has them.
#pragma once

#include <chrono>
#include <string>

namespace mailtap::inspect {

/// "2026-11-23 20:31:07", or the time of day alone.
std::string local_time(std::chrono::system_clock::time_point time, bool with_date);
std::string human_size(std::uint64_t bytes);                     ///< "512 B", "3.4 KB"
std::string human_duration(std::chrono::microseconds duration);  ///< "23 ms", "0.8 s", "1 h 01 min"
/// Made printable; "-" for nothing.
std::string or_dash(std::string_view text);

namespace colour {
inline constexpr std::string_view red = "\x1b[31m", green = "\x1b[32m", yellow = "\x1b[33m", none = "\x1b[0m";
}

}  // namespace mailtap::inspect
