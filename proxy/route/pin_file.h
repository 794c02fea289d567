// Trust on first use: the key of each server as it was first seen, in a file that people can read and change.
//
//   # comment
//   mail.contoso.com sha256//X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=
//
// A line for each key; a name with several lines may have any of them.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "config/base/result.h"
#include "inspect/writers/messages.h"

namespace mailtap::proxy {

/// Pins by name in lower case.
using Pins = std::map<std::string, std::vector<std::string>, std::less<>>;

/// An error names the line.
Result<Pins> parse_pins(std::string_view text);
/// Of a file; an error names it.
Result<Pins> read_pins(const std::string& file);

/// Thread-safe. All routes that name the file share one, and no caller waits for the disk: a thread of its
/// own writes what is to be remembered.
class PinFile {
 public:
  /// A name may be a stranger's SNI, so there is a bound.
  static constexpr std::size_t max_names = 10'000;

  /// Reads the file, or creates it (mode 0600). `messages` is told when it can't be written later, and must
  /// outlive the pin file.
  static Result<std::shared_ptr<PinFile>> open(const std::string& file, const inspect::Messages& messages);
  /// Writes what is still to be written.
  ~PinFile();
  PinFile(const PinFile&) = delete;
  PinFile& operator=(const PinFile&) = delete;

  /// What is remembered for `name`; empty: nothing.
  std::vector<std::string> pins_of(std::string_view name) const;
  /// Remembers `pin` unless another is remembered already. What holds from now on: `pin`, or the others of
  /// whoever was faster. Fails on a name that is none, and when there are too many.
  Result<std::vector<std::string>> remember(std::string_view name, const std::string& pin);
  /// Reads the file again, once what is to be written has been. What was read holds from adopt() on; with
  /// discard(), or after an error, what held before.
  Result<void> reread();
  void adopt();
  void discard();

 private:
  PinFile(std::string file, const inspect::Messages& messages, Pins pins);
  void write_in_background();
  Result<void> append(const std::string& lines);

  const std::string file_;
  const inspect::Messages& messages_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Pins pins_;
  std::optional<Pins> reread_;  ///< not adopted yet; what is remembered meanwhile is in it too
  std::string unwritten_;       ///< lines
  bool writing_ = false;
  bool stopping_ = false;
  std::thread writer_;
};

/// Keeps one for each file, however many routes name it, so that none ends on a worker's thread.
class PinFiles {
 public:
  explicit PinFiles(const inspect::Messages& messages) : messages_(messages) {}

  /// One that is in use already is read again; what was read holds from adopt() on.
  Result<std::shared_ptr<PinFile>> get(const std::string& file);
  void adopt();
  void discard();

 private:
  const inspect::Messages& messages_;
  std::map<std::string, std::shared_ptr<PinFile>> files_;
};

}  // namespace mailtap::proxy
