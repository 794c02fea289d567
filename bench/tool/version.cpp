#include "bench/tool/version.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <vector>

#include "bench/tool/child.h"
#include "bench/tool/contestants.h"

namespace mailtap::bench {

namespace {

/// What follows `words`, to the end of the line or to one of `ends`; empty: they aren't there.
std::string after(std::string_view text, std::string_view words, std::string_view ends = "\n") {
  const auto at = text.find(words);
  if (at == std::string_view::npos) return {};
  const auto rest = text.substr(at + words.size());
  return std::string(rest.substr(0, rest.find_first_of(ends)));
}

/// The program's name and number: what comes after is dates and addresses.
std::string first_line_with_digit(std::string_view text) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (std::any_of(line.begin(), line.end(), [](char c) { return c >= '0' && c <= '9'; }))
      return std::string(line.substr(0, line.find(" 20")));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

/// "OpenSSL 3.0.19 27 Jan 2026" without its date.
std::string without_date(const std::string& text) {
  const auto first = text.find(' ');
  const auto second = first == std::string::npos ? first : text.find(' ', first + 1);
  return text.substr(0, second);
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string text;
  std::array<char, 4096> part{};
  for (std::size_t size = 1; pipe && size > 0;) {
    size = std::fread(part.data(), 1, part.size(), pipe.get());
    text.append(part.data(), size);
  }
  return text;
}

}  // namespace

ProgramVersion read_version(std::string_view name, std::string_view said) {
  if (is_mailtap(std::string(name)))
    return {first_line_with_digit(said) +
                (said.find("\noptimised by a profile") == std::string_view::npos ? "" : ", by profile"),
            after(said, "cryptography by ")};
  if (name == "haproxy") {  // 3 says SSL library, 2 OpenSSL
    const auto running = after(said, "Running on SSL library version : ");
    return {first_line_with_digit(said),
            without_date(running.empty() ? after(said, "Running on OpenSSL version : ") : running)};
  }
  if (name == "nginx") {
    const auto running = after(said, "running with ", "\n)");
    return {first_line_with_digit(said),
            without_date(running.empty() ? after(said, "built with ", "\n(") : running)};
  }
  const auto running = after(said, "running  with ", "\n,");
  return {first_line_with_digit(said),
          without_date(running.empty() ? after(said, "Compiled/running with ") : running)};
}

ProgramVersion version_of(const std::string& name, const std::string& binary) {
  const std::string option = is_mailtap(name)    ? " --version"
                             : name == "haproxy" ? " -vv"
                             : name == "nginx"   ? " -V"
                                                 : " -version";
  return read_version(name, output_of(find_program(binary).string() + option + " 2>&1 </dev/null"));
}

}  // namespace mailtap::bench
