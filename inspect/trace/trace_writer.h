// Writes traces into a folder: DIR/mailtap-TIME-PID-N.jsonl, a line a connection, and beside it .pcapng with
// their packets. One thread a folder; who hands it a trace never waits for a disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/base/result.h"
#include "inspect/trace/capture.h"
#include "inspect/writers/messages.h"

namespace mailtap::trace {

struct WriterSettings {
  std::string folder;
  std::uint64_t max_file = std::uint64_t{64} << 20;  ///< bytes; a new pair of files is begun before more
  std::chrono::seconds max_age{86'400};              ///< of a pair of files
  std::uint64_t max_total = std::uint64_t{1}
                            << 30;  ///< bytes of all trace files in the folder; the oldest go
  unsigned last = 0;                ///< keep only the last N in memory until write_last(); 0: write each
  std::size_t max_queue = std::size_t{64} << 20;  ///< bytes that wait to be written; more are lost
};

/// Bytes that the connections of a folder may hold while they live.
inline constexpr std::size_t capture_budget = std::size_t{256} << 20;

/// Thread-safe. Whoever destroys it waits for what is queued, three seconds at most.
class TraceWriter {
 public:
  /// Makes the folder if it isn't there (0700), and the first file in it (0600) at once, so that what can't
  /// work is told at start. `messages` outlives the writer.
  static Result<std::shared_ptr<TraceWriter>> open(const WriterSettings& settings,
                                                   const inspect::Messages& messages);
  ~TraceWriter();
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  /// What captures that are to be written here may take of memory, all together.
  std::shared_ptr<Budget> budget() const;

  void write(std::unique_ptr<Item> item);
  /// What `last` keeps in memory is written, now and once.
  void write_last();
  /// Other bounds from now on; the folder stays.
  void set_bounds(const WriterSettings& bounds);

  /// Connections that could not be written, or not fast enough.
  std::uint64_t lost() const;

 private:
  struct Inside;
  explicit TraceWriter(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

/// One writer a folder, however many routes name it. Thread-safe.
class TraceWriters {
 public:
  explicit TraceWriters(const inspect::Messages& messages) : messages_(messages) {}

  Result<std::shared_ptr<TraceWriter>> get(const WriterSettings& settings);
  void write_last();
  /// Of all writers, after a reload.
  void set_bounds(const WriterSettings& bounds);

 private:
  const inspect::Messages& messages_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<TraceWriter>> writers_;
};

}  // namespace mailtap::trace
