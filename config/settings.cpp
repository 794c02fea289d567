#include "config/settings.h"

namespace mailtap::config {

std::string Endpoint::to_string() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string_view to_string(Mode mode) {
  return mode == Mode::observe ? "observe" : "intercept";
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

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::automatic: return "auto";
    case Protocol::http: return "http";
    case Protocol::smtp: return "smtp";
    case Protocol::pop3: return "pop3";
    case Protocol::imap: return "imap";
    case Protocol::raw: return "raw";
  }
  return "unknown";
}

std::string_view to_string(Cryptography cryptography) {
  switch (cryptography) {
    case Cryptography::automatic: return "auto";
    case Cryptography::portable: return "portable";
    case Cryptography::libcrypto: return "libcrypto";
    case Cryptography::multibuffer: return "multibuffer";
  }
  return "unknown";
}

std::string_view to_string(NameDisplay display) {
  switch (display) {
    case NameDisplay::hash: return "hash";
    case NameDisplay::cut: return "cut";
    case NameDisplay::plain: return "plain";
  }
  return "unknown";
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
