// The text form: one glance for a person, and reasons and advice when something is wrong.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "inspect/printable.h"
#include "inspect/record.h"

namespace mailtap::inspect {

namespace {

constexpr std::string_view red = "\x1b[31m", green = "\x1b[32m", yellow = "\x1b[33m", plain = "\x1b[0m";

template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

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

std::string human_duration(Microseconds duration) {
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

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : printable(text);
}

class TextBlock {
 public:
  TextBlock(const Connection& connection, bool on_terminal)
      : connection_(connection), on_terminal_(on_terminal) {}

  std::string write();

 private:
  std::string judgement() const;
  std::string ending() const;
  void reasons(const certs::Verdict& verdict);
  void names(const certs::Verdict& verdict);
  void line(std::string_view label, const std::string& text) {
    text_ += "\n    " + std::string(label) + std::string(8 - label.size(), ' ') + text;
  }
  std::string coloured(std::string_view colour, const std::string& text) const {
    return on_terminal_ ? std::string(colour) + text + std::string(plain) : text;
  }

  const Connection& connection_;
  const bool on_terminal_;
  std::string text_;
};

std::string TextBlock::write() {
  const auto& c = connection_;
  text_ = local_time(c.time, !on_terminal_) + " #" + std::to_string(c.id) + " " + printable(c.route) + "  " +
          or_dash(c.downstream.address) + " -> " + or_dash(c.upstream_configured) + "  " + judgement();
  if (!c.downstream.tls.empty() || !c.upstream.tls.empty())
    text_ += "  " + or_dash(c.downstream.tls) + "/" + or_dash(c.upstream.tls);
  text_ += "  " + human_size(c.bytes_to_upstream) + " up " + human_size(c.bytes_to_downstream) + " down  " +
           human_duration(c.total) + "  " + ending();
  if (c.verdict == nullptr || c.verdict->acceptable()) return std::move(text_);
  reasons(*c.verdict);
  names(*c.verdict);
  if (!c.verdict->advice.empty()) line("advice", printable(c.verdict->advice));
  return std::move(text_);
}

std::string TextBlock::judgement() const {
  if (connection_.verdict == nullptr) return coloured(yellow, "no certificate seen");
  const auto& verdict = *connection_.verdict;
  if (verdict.acceptable()) return coloured(green, "trusted");
  if (verdict.trusted()) return coloured(red, "trusted; NAME MISMATCH");
  std::string text = "UNTRUSTED";
  for (const auto fault : distinct_faults(verdict))
    text += (text == "UNTRUSTED" ? " " : ", ") + std::string(certs::to_string(fault));
  if (!verdict.name_matches) text += "; name mismatch";
  return coloured(red, text);
}

std::string TextBlock::ending() const {
  const auto& [reason, side, detail] = connection_.ending;
  std::string text(to_string(reason));
  if (reason != Reason::closed) text += " (" + std::string(to_string(side)) + ")";
  if (!detail.empty()) text += ": " + printable(detail);
  return is_routine(reason) ? text : coloured(red, text);
}

void TextBlock::reasons(const certs::Verdict& verdict) {
  std::string_view label = "why";
  for (const auto& finding : verdict.findings) {
    const auto whose = finding.position < verdict.chain.size()
                           ? printable(verdict.chain[finding.position].subject)
                           : "certificate " + std::to_string(finding.position + 1);
    line(label, std::string(certs::to_string(finding.fault)) + ": " + printable(finding.detail) + "  [" +
                    whose + "]");
    label = "";
  }
}

void TextBlock::names(const certs::Verdict& verdict) {
  if (verdict.name_matches) return;
  constexpr std::size_t most = 8;  // certificates of hosters carry hundreds
  std::string text;
  for (std::size_t i = 0; i < std::min(most, verdict.names.size()); ++i)
    text += (i == 0 ? "" : ", ") + printable(verdict.names[i]);
  if (verdict.names.size() > most) text += " and " + std::to_string(verdict.names.size() - most) + " more";
  line("names", "the certificate is for " + (text.empty() ? "no name" : text) + "; asked for " +
                    or_dash(verdict.name_checked));
}

}  // namespace

std::string to_text(const Connection& connection, bool on_terminal) {
  return TextBlock(connection, on_terminal).write();
}

}  // namespace mailtap::inspect
