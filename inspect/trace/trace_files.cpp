#include "inspect/trace/trace_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <unistd.h>

#include "config/base/ascii.h"
#include "config/base/descriptor.h"
#include "config/base/folder.h"
#include "config/base/system_error.h"

namespace mailtap::trace {

namespace fs = std::filesystem;

namespace {

/// mailtap-DDDDDDDDTDDDDDDZ-D...-DDDD, with .jsonl or .pcapng
bool is_trace_file(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || (name.substr(dot) != ".jsonl" && name.substr(dot) != ".pcapng"))
    return false;
  constexpr std::string_view prefix = "mailtap-", pattern = "00000000T000000Z-";
  if (!name.starts_with(prefix) || dot < prefix.size() + pattern.size()) return false;
  const auto stamp = name.substr(prefix.size(), pattern.size());
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (pattern[i] == '0' ? !is_digit(stamp[i]) : stamp[i] != pattern[i]) return false;
  const auto rest = name.substr(prefix.size() + pattern.size(), dot - prefix.size() - pattern.size());
  return !rest.empty() &&
         std::all_of(rest.begin(), rest.end(), [&](char c) { return is_digit(c) || c == '-'; });
}

}  // namespace

std::string file_stem(std::chrono::system_clock::time_point run, long process, unsigned number) {
  const auto seconds = std::chrono::system_clock::to_time_t(run);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> stamp{};
  std::strftime(stamp.data(), stamp.size(), "%Y%m%dT%H%M%SZ", &utc);
  auto digits = std::to_string(number);
  digits.insert(0, digits.size() < 4 ? 4 - digits.size() : 0, '0');
  return std::string("mailtap-") + stamp.data() + "-" + std::to_string(process) + "-" + digits;
}

std::vector<fs::path> trace_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (auto& entry : entries_of(folder))
    if (is_trace_file(entry.filename().string())) files.push_back(std::move(entry));
  std::sort(files.begin(), files.end());
  return files;
}

void remove_oldest(const fs::path& folder, std::uint64_t most, const std::string& keep) {
  const auto files = trace_files(folder);
  const auto size_of = [](const fs::path& file) {
    std::error_code gone;
    const auto size = fs::file_size(file, gone);
    return gone ? 0 : size;
  };
  std::uint64_t total = 0;
  for (const auto& file : files) total += size_of(file);
  for (const auto& file : files) {
    if (total <= most) return;
    if (file.stem() == keep) continue;
    const auto size = size_of(file);
    std::error_code error;
    if (fs::remove(file, error)) total -= size;
  }
}

Result<void> AppendFile::create(const fs::path& path) {
  close();
  descriptor_ = open_new(path);
  if (descriptor_ < 0) return fail(path.string() + ": can't be created: " + system_says(errno));
  path_ = path;
  size_ = 0;
  return {};
}

Result<void> AppendFile::append(Bytes bytes) {
  auto rest = bytes;
  while (!rest.empty()) {
    const auto written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = written < 0 ? errno : ENOSPC;
      // Readers see whole pieces only.
      if (rest.size() < bytes.size() && ::ftruncate(descriptor_, static_cast<off_t>(size_)) == 0)
        ::lseek(descriptor_, static_cast<off_t>(size_), SEEK_SET);
      return fail(path_.string() + ": can't be written: " + system_says(error));
    }
    rest = rest.subspan(static_cast<std::size_t>(written));
  }
  size_ += bytes.size();
  return {};
}

void AppendFile::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace mailtap::trace
