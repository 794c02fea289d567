#include "config/settings.h"

namespace mailtap::config {

std::string Endpoint::to_string() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string_view to_string(Presentation presentation) {
  switch (presentation) {
    case Presentation::mirror: return "mirror";
    case Presentation::issue: return "issue";
    case Presentation::own: return "own";
  }
  return "unknown";
}

std::string_view to_string(LogFormat format) {
  return format == LogFormat::json ? "json" : "text";
}

std::string Route::label(std::string_view option) const {
  if (const auto written = labels.find(option); written != labels.end()) return written->second;
  const std::string name(option);
  return origin == command_line_origin ? "--" + name : origin + ": " + name;
}

}  // namespace mailtap::config
