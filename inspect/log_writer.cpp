#include "inspect/log_writer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/sinks/sink.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mailtap::inspect {

namespace {

constexpr std::size_t batch_size = std::size_t{64} * 1024;
constexpr int patience_ms = 3'000;  ///< at the end, for a reader that doesn't take what is left
constexpr int poll_ms = 100;

/// O_NONBLOCK: a named pipe without a reader is an error at once, not a wait.
int open_for_append(const std::string& file) {
  return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
}

std::string open_error(const std::string& file) {
  return file + ": the log can't be opened: " + std::strerror(errno) +
         (errno == ENXIO ? " (a pipe that nobody reads)" : "") + "; correct --log or make it writable";
}

/// The writing side of a target, on the queue's one thread. Lines are gathered while more are queued, so a
/// busy log costs few system calls and an idle one is written at once.
class TargetSink : public spdlog::sinks::sink {
 public:
  TargetSink(config::LogTarget target, int descriptor, const Messages& messages)
      : target_(std::move(target)), descriptor_(descriptor), messages_(messages) {
    find_out_kind();
  }
  ~TargetSink() override {
    if (target_.file != "-") ::close(descriptor_);
  }
  TargetSink(const TargetSink&) = delete;
  TargetSink& operator=(const TargetSink&) = delete;

  /// Before the first line. The pool outlives its thread, which is all that calls log().
  void set_queue(spdlog::details::thread_pool& pool) { queue_ = &pool; }

  void log(const spdlog::details::log_msg& message) override {
    if (reopen_wanted_.exchange(false)) reopen();
    report_overrun();
    if (message.payload.size() > 0) add(std::string_view(message.payload.data(), message.payload.size()));
    // In this order: the message that ends the thread is queued after hurry().
    if (batch_.size() >= batch_size || queue_->queue_size() == 0 || hurry_) {
      write_batch();
      rest();
    }
  }
  void flush() override { write_batch(); }
  // Lines come formatted.
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  void want_reopen() { reopen_wanted_ = true; }
  void hurry() { hurry_ = true; }
  std::uint64_t failed() const { return failed_; }

 private:
  void add(std::string_view line) {
    batch_ += line;
    batch_ += '\n';
  }

  /// Waking a thread costs the worker more than its line does. Who sleeps a moment isn't woken: the lines of
  /// a busy proxy gather meanwhile.
  void rest() const {
    constexpr std::chrono::milliseconds moment{20};
    if (!hurry_) std::this_thread::sleep_for(moment);
  }

  void find_out_kind() {
    struct stat status {};
    waits_ = ::fstat(descriptor_, &status) == 0 && !S_ISREG(status.st_mode);
  }

  void report_overrun() {
    const auto overrun = static_cast<std::uint64_t>(queue_->overrun_counter());
    add_loss(overrun - reported_overrun_);
    reported_overrun_ = overrun;
  }

  void add_loss(std::uint64_t lines) {
    if (lines == 0) return;
    const auto number = std::to_string(lines);
    if (target_.format == config::LogFormat::json)
      add(R"({"event":"lost","time":")" + to_rfc3339_milliseconds(std::chrono::system_clock::now()) +
          R"(","lines":)" + number + "}");
    else
      add("-- " + number + (lines == 1 ? " line" : " lines") +
          " lost here: the log could not be written fast enough, or at all --");
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
    if (failing_) recover();
  }

  /// What write(2) took, or -1 with errno.
  ssize_t write_some(std::string_view bytes) {
    for (;;) {
      if (waits_) {
        pollfd ready{descriptor_, POLLOUT, 0};
        const int answer = ::poll(&ready, 1, poll_ms);
        if (answer == 0 && hurry_ && (waited_ms_ += poll_ms) >= patience_ms) return errno = ETIMEDOUT, -1;
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
    unreported_failed_ += lines;
    batch_.clear();
    if (std::exchange(failing_, true)) return;
    messages_.warn((target_.file == "-" ? "standard output" : target_.file) + ": the log can't be written: " +
                   std::strerror(error) + "; connections go on without it, and the lines lost are counted");
  }

  /// It works again: the log says how many lines it lacks.
  void recover() {
    failing_ = false;
    messages_.warn((target_.file == "-" ? "standard output" : target_.file) + ": the log is written again");
    add_loss(std::exchange(unreported_failed_, 0));
    write_batch();
  }

  void reopen() {
    write_batch();
    const int descriptor = open_for_append(target_.file);
    if (descriptor < 0) return messages_.warn(open_error(target_.file) + " (the old file goes on)");
    ::close(descriptor_);
    descriptor_ = descriptor;
    torn_ = false;
    find_out_kind();
  }

  const config::LogTarget target_;
  int descriptor_;
  const Messages& messages_;
  spdlog::details::thread_pool* queue_ = nullptr;
  std::string batch_;
  bool waits_ = false;    ///< a pipe, socket or terminal, whose reader may be slow
  bool failing_ = false;  ///< told once, until it works again
  bool torn_ = false;     ///< the last line written is incomplete
  int waited_ms_ = 0;     ///< since hurry()
  std::uint64_t reported_overrun_ = 0;
  std::uint64_t unreported_failed_ = 0;
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<bool> reopen_wanted_{false};
  std::atomic<bool> hurry_{false};
};

}  // namespace

struct LogWriter::Inside {
  config::LogTarget target;
  bool on_terminal = false;
  std::shared_ptr<TargetSink> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};

Result<std::shared_ptr<LogWriter>> LogWriter::open(const config::LogTarget& target, const Messages& messages,
                                                   std::size_t queue) {
  const bool is_stdout = target.file == "-";
  const int descriptor = is_stdout ? STDOUT_FILENO : open_for_append(target.file);
  if (descriptor < 0) return fail(open_error(target.file));
  auto inside = std::make_unique<Inside>();
  inside->target = target;
  // https://no-color.org: an admin's wish that every program should honour.
  inside->on_terminal = ::isatty(descriptor) == 1 && std::getenv("NO_COLOR") == nullptr;
  inside->sink = std::make_shared<TargetSink>(target, descriptor, messages);
  try {
    inside->pool = std::make_shared<spdlog::details::thread_pool>(queue, 1);
    inside->logger = std::make_shared<spdlog::async_logger>("connections", inside->sink, inside->pool,
                                                            spdlog::async_overflow_policy::overrun_oldest);
  } catch (const std::exception& error) {
    return fail(target.file + ": the log's thread can't be started: " + error.what());
  }
  inside->sink->set_queue(*inside->pool);
  return std::shared_ptr<LogWriter>(new LogWriter(std::move(inside)));
}

LogWriter::LogWriter(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

LogWriter::~LogWriter() {
  inside_->sink->hurry();
  // The thread still asks the pool how much is queued, so the pool ends before anything else does.
  inside_->pool.reset();
}

void LogWriter::write(const Connection& connection) {
  write_line(inside_->target.format == config::LogFormat::json ? to_json(connection)
                                                               : to_text(connection, inside_->on_terminal));
}

void LogWriter::write(const Exchange& exchange, const ExchangeContext& context) {
  write_line(inside_->target.format == config::LogFormat::json
                 ? to_json(exchange, context)
                 : to_text(exchange, context, inside_->on_terminal));
}

void LogWriter::write(const alerts::Alert& alert) {
  write_line(inside_->target.format == config::LogFormat::json ? to_json(alert)
                                                               : to_text(alert, inside_->on_terminal));
}

void LogWriter::write_line(std::string_view line) {
  inside_->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void LogWriter::reopen() {
  if (inside_->target.file == "-") return;
  inside_->sink->want_reopen();
  write_line({});  // wakes the thread; an empty line isn't written
}

std::uint64_t LogWriter::lost() const {
  return inside_->sink->failed() + static_cast<std::uint64_t>(inside_->pool->overrun_counter());
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
