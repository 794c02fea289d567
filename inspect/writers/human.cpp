#include "inspect/writers/human.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "inspect/writers/printable.h"

namespace mailtap::inspect {

namespace {

template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

}  // namespace

std::string local_time(std::chrono::system_clock::time_point time, bool with_date) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), with_date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &parts);
  return text.data();
}

std::string human_size(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  double size = static_cast<double>(bytes);
  for (const auto* unit : {"KB", "MB", "GB"}) {
    size /= 1000;
    if (size < 999.95) return formatted("%.1f %s", size, unit);
  }
  return formatted("%.1f TB", size / 1000);
}

std::string human_duration(std::chrono::microseconds duration) {
  const auto us = duration.count();
  if (us < 1'000) return std::to_string(us) + " us";
  if (us < 99'500) return formatted("%.0f ms", static_cast<double>(us) / 1e3);
  if (us < 59'950'000) return formatted("%.1f s", static_cast<double>(us) / 1e6);
  const auto seconds = us / 1'000'000;
  if (seconds < 3600)
    return formatted("%d min %02d s", static_cast<int>(seconds / 60), static_cast<int>(seconds % 60));
  return formatted("%lld h %02d min", static_cast<long long>(seconds / 3600),
                   static_cast<int>(seconds / 60 % 60));
}

std::string or_dash(std::string_view text) {
  return text.empty() ? "-" : printable(text);
}

}  // namespace mailtap::inspect
