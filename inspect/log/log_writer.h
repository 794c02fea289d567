// Where connections and exchanges are written down. The worker formats a line and hands it to a bounded
// queue; one thread per target writes it. A worker never waits: when there is no room the oldest line of its
// kind is lost, an exchange never for anything but another, and the log itself says how many were, and of
// which routes (line_queue.h).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "config/base/result.h"
#include "config/log_target.h"
#include "inspect/alerts/alert.h"
#include "inspect/writers/messages.h"

namespace mailtap::inspect {

struct ConnectionRecord;  // inspect/record.h
struct Exchange;          // inspect/exchange.h
struct ExchangeContext;

/// Thread-safe. Whoever holds the last pointer, and destroys it, waits for what is queued to be written (for
/// three seconds at most when its reader doesn't take it).
class LogWriter {
 public:
  static constexpr std::size_t default_queue = 8192;  ///< lines of either kind

  /// Opens the target, creating its file. `messages` is told once of each failure to write and must outlive
  /// the writer; SIGPIPE must be ignored.
  static Result<std::shared_ptr<LogWriter>> open(const config::LogTarget& target, const Messages& messages,
                                                 std::size_t queue = default_queue);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void write(const ConnectionRecord& connection);
  void write(const Exchange& exchange, const ExchangeContext& context);
  void write(const alerts::Alert& alert);
  /// A line of another event, in the target's format, without the newline.
  void write_line(std::string_view line);

  /// Opens the file of that name anew, for log rotation; lines queued before may go to either. Returns at
  /// once. If it can't be opened, that is told and the old file goes on.
  void reopen();

  /// Lines lost so far, to a full queue or a failure to write.
  std::uint64_t lost() const;

 private:
  struct Inside;
  explicit LogWriter(std::unique_ptr<Inside> inside);

  std::unique_ptr<Inside> inside_;
};

/// Hands out one writer for each target, however many routes name it. Thread-safe.
class LogWriters {
 public:
  explicit LogWriters(const Messages& messages) : messages_(messages) {}

  Result<std::shared_ptr<LogWriter>> get(const config::LogTarget& target);
  void reopen_all();
  /// Lines that the writers in use have lost.
  std::uint64_t lost();

 private:
  const Messages& messages_;
  std::mutex mutex_;
  std::map<std::pair<std::string, config::LogFormat>, std::weak_ptr<LogWriter>> writers_;
};

}  // namespace mailtap::inspect
