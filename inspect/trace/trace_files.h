// The files of a trace folder: which are ours, what they are called, and which the bound on their size
// removes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::trace {

/// "mailtap-20261124T203244Z-4711-0001": time of the run, process, number within it. Sorts by time.
std::string file_stem(std::chrono::system_clock::time_point run, long process, unsigned number);

/// The trace files (.jsonl and .pcapng) of a folder by name; nothing else that is in it.
std::vector<std::filesystem::path> trace_files(const std::filesystem::path& folder);

/// Removes the oldest trace files until all together are at most `most` bytes, never those named `keep`.
void remove_oldest(const std::filesystem::path& folder, std::uint64_t most, const std::string& keep);

/// A file that only grows, and by whole pieces: what can't be written whole is taken back.
class AppendFile {
 public:
  AppendFile() = default;
  ~AppendFile() { close(); }
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Creates it (0600); an error if it is there.
  Result<void> create(const std::filesystem::path& path);
  bool is_open() const { return descriptor_ >= 0; }
  std::uint64_t size() const { return size_; }
  /// All of `bytes` or nothing; an error says why.
  Result<void> append(Bytes bytes);
  void close();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace mailtap::trace
