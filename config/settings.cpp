#include "config/settings.h"

namespace mailtap::config {

std::string Endpoint::to_string() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Route::label(std::string_view option) const {
  if (const auto written = labels.find(option); written != labels.end()) return written->second;
  const std::string name(option);
  return origin == command_line_origin ? "--" + name : origin + ": " + name;
}

std::string Settings::label(std::string_view option) const {
  const auto written = labels.find(option);
  return written != labels.end() ? written->second : "--" + std::string(option);
}

}  // namespace mailtap::config
