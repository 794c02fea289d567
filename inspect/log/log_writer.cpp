#include "inspect/log/log_writer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "config/base/descriptor.h"
#include "config/base/phrases.h"
#include "config/base/system_error.h"
#include "inspect/log/line_queue.h"
#include "inspect/record.h"
#include "inspect/writers/json_writer.h"
#include "inspect/writers/printable.h"

namespace mailtap::inspect {

namespace {

constexpr std::size_t batch_size = std::size_t{64} * 1024;
constexpr int patience_ms = 3'000;  ///< at the end, for a reader that doesn't take what is left
constexpr int poll_ms = 100;

std::string open_error(const std::string& file) {
  return file + ": the log can't be opened: " + std::strerror(errno) +
         (errno == ENXIO ? " (a pipe that nobody reads)" : "") + "; correct --log or make it writable";
}

/// The writing side of a target, on a thread of its own. Lines are batched while more are queued, so a busy
/// log costs few system calls and an idle one is written at once.
class TargetSink {
 public:
  TargetSink(config::LogTarget target, int descriptor, const Messages& messages, const LineQueue& queue)
      : target_(std::move(target)), descriptor_(descriptor), messages_(messages), queue_(queue) {
    find_out_kind();
  }
  ~TargetSink() {
    if (target_.file != "-") ::close(descriptor_);
  }
  TargetSink(const TargetSink&) = delete;
  TargetSink& operator=(const TargetSink&) = delete;

  void write(const LineQueue::Taken& taken) {
    if (reopen_wanted_.exchange(false)) reopen();
    add_loss(taken.lost);
    for (const auto& line : taken.lines) {
      add(line.text, line.route);
      if (batch_.size() >= batch_size) write_batch();
    }
    write_batch();
    rest();
  }

  void want_reopen() { reopen_wanted_ = true; }
  void abort_pending() { aborting_ = true; }
  std::uint64_t failed() const { return failed_; }

 private:
  void add(std::string_view line, std::optional<std::uint32_t> route) {
    batch_ += line;
    batch_ += '\n';
    routes_.push_back(route);
  }

  /// Waking a thread costs the worker more than its line does. Who sleeps a moment isn't woken: the lines of
  /// a busy proxy are batched meanwhile.
  void rest() const {
    constexpr std::chrono::milliseconds moment{20};
    if (!aborting_) std::this_thread::sleep_for(moment);
  }

  void find_out_kind() {
    struct stat status {};
    waits_ = ::fstat(descriptor_, &status) == 0 && !S_ISREG(status.st_mode);
  }

  /// Tells what is lost here, and of which routes.
  void add_loss(const LineQueue::Losses& losses) {
    std::uint64_t lines = 0;
    for (const auto& [route, count] : losses) lines += count;
    if (lines == 0) return;
    if (target_.format == config::LogFormat::json)
      add(loss_in_json(lines, losses), std::nullopt);
    else
      add(loss_in_text(lines, losses), std::nullopt);
  }

  std::string loss_in_json(std::uint64_t lines, const LineQueue::Losses& losses) const {
    JsonWriter to;
    to.start_object();
    to.member("event", "lost");
    to.member("time", to_rfc3339_milliseconds(std::chrono::system_clock::now()));
    to.member("lines", lines);
    to.open("routes");
    for (const auto& [route, count] : losses)
      if (const auto name = queue_.route_name(route); !name.empty()) to.member(name, count);
    to.end_object();
    to.end_object();
    return to.text();
  }

  std::string loss_in_text(std::uint64_t lines, const LineQueue::Losses& losses) const {
    std::string routes;
    for (const auto& [route, count] : losses)
      if (const auto name = queue_.route_name(route); !name.empty())
        routes += (routes.empty() ? "" : ", ") + printable(name) + " " + std::to_string(count);
    const auto what =
        said(messages_.language(),
             lines == 1 ? "{n} line lost here: the log could not be written fast enough, or at all"
                        : "{n} lines lost here: the log could not be written fast enough, or at all",
             {std::to_string(lines)});
    return "-- " + what + (routes.empty() ? "" : " (" + routes + ")") + " --";
  }

  void write_batch() {
    if (batch_.empty()) return;
    // The line that a full disk cut short is ended before the next.
    if (failing_ && torn_ && write_some("\n") != 1) return drop(batch_);
    std::string_view rest = batch_;
    while (!rest.empty()) {
      const auto written = write_some(rest);
      if (written <= 0) break;
      rest.remove_prefix(static_cast<std::size_t>(written));
      torn_ = !rest.empty() && rest.data()[-1] != '\n';
    }
    if (!rest.empty()) return drop(rest);
    batch_.clear();
    routes_.clear();
    if (failing_) recover();
  }

  /// What write(2) took, or -1 with errno.
  ssize_t write_some(std::string_view bytes) {
    for (;;) {
      if (waits_) {
        const int answer = wait_until_writable(descriptor_, poll_ms);
        if (answer == 0 && aborting_ && (waited_ms_ += poll_ms) >= patience_ms) return errno = ETIMEDOUT, -1;
        if (answer <= 0) continue;
      }
      // A pipe that is ready takes PIPE_BUF bytes without blocking (POSIX), not more.
      const auto written = ::write(descriptor_, bytes.data(),
                                   waits_ ? std::min<std::size_t>(bytes.size(), 4096) : bytes.size());
      if (written >= 0 || (errno != EINTR && errno != EAGAIN)) return written;
    }
  }

  /// `rest`, the end of the batch, could not be written (errno).
  void drop(std::string_view rest) {
    const int error = errno;
    const auto lines = static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
    failed_ += lines;
    for (auto i = routes_.size() - std::min<std::size_t>(lines, routes_.size()); i < routes_.size(); ++i)
      if (routes_[i]) ++unreported_failed_[*routes_[i]];
    batch_.clear();
    routes_.clear();
    if (std::exchange(failing_, true)) return;
    messages_.warn((target_.file == "-" ? "standard output" : target_.file) + ": the log can't be written: " +
                   system_says(error) + "; connections go on without it, and the lines lost are counted");
  }

  /// It works again: the log says how many lines it lacks.
  void recover() {
    failing_ = false;
    messages_.warn((target_.file == "-" ? "standard output" : target_.file) + ": the log is written again");
    add_loss(std::exchange(unreported_failed_, {}));
    write_batch();
  }

  void reopen() {
    write_batch();
    const int descriptor = open_log(target_.file);
    if (descriptor < 0) return messages_.warn(open_error(target_.file) + " (the old file goes on)");
    ::close(descriptor_);
    descriptor_ = descriptor;
    torn_ = false;
    find_out_kind();
  }

  const config::LogTarget target_;
  int descriptor_;
  const Messages& messages_;
  const LineQueue& queue_;
  std::string batch_;
  std::vector<std::optional<std::uint32_t>>
      routes_;            ///< of the batch's lines; nothing: it tells of lost ones
  bool waits_ = false;    ///< a pipe, socket or terminal, whose reader may be slow
  bool failing_ = false;  ///< told once, until it works again
  bool torn_ = false;     ///< the last line written is incomplete
  int waited_ms_ = 0;     ///< since abort_pending()
  LineQueue::Losses unreported_failed_;
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<bool> reopen_wanted_{false};
  std::atomic<bool> aborting_{false};
};

}  // namespace

struct LogWriter::Inside {
  Inside(const config::LogTarget& its_target, int descriptor, const Messages& messages, std::size_t bound)
      : target(its_target), queue(bound), sink(its_target, descriptor, messages, queue) {}

  void run() {
    while (const auto taken = queue.take()) sink.write(*taken);
  }

  config::LogTarget target;
  bool on_terminal = false;
  LineQueue queue;
  TargetSink sink;
  std::thread thread;
};

Result<std::shared_ptr<LogWriter>> LogWriter::open(const config::LogTarget& target, const Messages& messages,
                                                   std::size_t queue) {
  const bool is_stdout = target.file == "-";
  const int descriptor = is_stdout ? STDOUT_FILENO : open_log(target.file);
  if (descriptor < 0) return fail(open_error(target.file));
  auto inside = std::make_unique<Inside>(target, descriptor, messages, queue);
  // https://no-color.org: an admin's wish that every program should honour.
  inside->on_terminal = ::isatty(descriptor) == 1 && std::getenv("NO_COLOR") == nullptr;
  try {
    inside->thread = std::thread([&writing = *inside] { writing.run(); });
  } catch (const std::exception& error) {
    return fail(target.file + ": the log's thread can't be started: " + error.what());
  }
  return std::shared_ptr<LogWriter>(new LogWriter(std::move(inside)));
}

LogWriter::LogWriter(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

LogWriter::~LogWriter() {
  inside_->sink.abort_pending();
  inside_->queue.end();
  inside_->thread.join();
}

void LogWriter::write(const ConnectionRecord& connection) {
  inside_->queue.put(LineQueue::Kind::other,
                     inside_->target.format == config::LogFormat::json
                         ? to_json(connection)
                         : to_text(connection, inside_->on_terminal),
                     connection.route);
}

void LogWriter::write(const Exchange& exchange, const ExchangeContext& context) {
  inside_->queue.put(LineQueue::Kind::exchange,
                     inside_->target.format == config::LogFormat::json
                         ? to_json(exchange, context)
                         : to_text(exchange, context, inside_->on_terminal),
                     context.route);
}

void LogWriter::write(const alerts::Alert& alert) {
  inside_->queue.put(LineQueue::Kind::other,
                     inside_->target.format == config::LogFormat::json ? to_json(alert)
                                                                       : to_text(alert, inside_->on_terminal),
                     alert.route);
}

void LogWriter::write_line(std::string_view line) {
  inside_->queue.put(LineQueue::Kind::other, std::string(line), {});
}

void LogWriter::reopen() {
  if (inside_->target.file == "-") return;
  inside_->sink.want_reopen();
  inside_->queue.wake();
}

std::uint64_t LogWriter::lost() const {
  return inside_->sink.failed() + inside_->queue.lost();
}

Result<std::shared_ptr<LogWriter>> LogWriters::get(const config::LogTarget& target) {
  const std::lock_guard lock(mutex_);
  auto& known = writers_[{target.file, target.format}];
  if (auto writer = known.lock()) return writer;
  auto writer = LogWriter::open(target, messages_);
  if (writer) known = *writer;
  return writer;
}

std::uint64_t LogWriters::lost() {
  const std::lock_guard lock(mutex_);
  std::uint64_t all = 0;
  for (const auto& [target, known] : writers_)
    if (const auto writer = known.lock()) all += writer->lost();
  return all;
}

void LogWriters::reopen_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [target, known] : writers_)
    if (const auto writer = known.lock()) writer->reopen();
}

}  // namespace mailtap::inspect
