#include "inspect/trace/trace_writer.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <thread>

#include <unistd.h>

#include "config/base/folder.h"
#include "config/base/system_error.h"
#include "config/base/text.h"
#include "inspect/trace/pcapng.h"
#include "inspect/trace/trace_files.h"

namespace mailtap::trace {

namespace {

using Clock = std::chrono::system_clock;

std::size_t weight(const Item& item) {
  return item.json.size() + item.packets.size();
}

/// The writing side, on its thread.
class Files {
 public:
  Files(const WriterSettings& settings, const inspect::Messages& messages)
      : settings_(settings), messages_(messages), run_(Clock::now()) {}

  /// The next pair of files; the oldest ones make room for it.
  Result<void> begin() {
    const auto stem = file_stem(run_, ::getpid(), ++number_);
    remove_oldest(settings_.folder, settings_.max_total - 2 * settings_.max_file, stem);
    packets_.close();
    path_ = std::filesystem::path(settings_.folder) / stem;
    began_ = Clock::now();
    return lines_.create(path_.string() + ".jsonl");
  }

  void set_bounds(const WriterSettings& bounds) { settings_ = bounds; }

  /// False if it could not be written.
  bool write(const Item& item) {
    auto written = place_for(item);
    if (written && !item.packets.empty()) written = write_packets(item.packets);
    if (written) written = lines_.append(as_bytes(item.json + '\n'));
    if (!written) {
      if (!std::exchange(failing_, true))
        messages_.warn(
            written.error().message +
            "; connections go on, their traces are lost and counted until it can be written again");
      return false;
    }
    if (std::exchange(failing_, false)) messages_.warn(settings_.folder + ": traces are written again");
    return true;
  }

  /// A line that says how many are missing; false if not even that could be written.
  bool write_loss(std::uint64_t connections) {
    return lines_.is_open() &&
           lines_
               .append(as_bytes(R"({"event":"lost","time":")" + to_rfc3339_milliseconds(Clock::now()) +
                                R"(","traces":)" + std::to_string(connections) + "}\n"))
               .has_value();
  }

 private:
  Result<void> place_for(const Item& item) {
    const bool is_full = lines_.size() + item.json.size() > settings_.max_file ||
                         packets_.size() + item.packets.size() > settings_.max_file;
    const bool is_empty = lines_.size() == 0;
    const bool is_old = Clock::now() - began_ > settings_.max_age;
    if (lines_.is_open() && (is_empty || (!is_full && !is_old))) return {};
    return begin();
  }

  Result<void> write_packets(const Buffer& blocks) {
    if (!packets_.is_open()) {
      auto opened = packets_.create(path_.string() + ".pcapng");
      if (opened) opened = packets_.append(pcapng::file_header("mailtap", "mailtap"));
      if (!opened) {
        packets_.close();
        return opened;
      }
    }
    return packets_.append(blocks);
  }

  WriterSettings settings_;  ///< its own: the queue's may change while it works
  const inspect::Messages& messages_;
  const Clock::time_point run_;
  unsigned number_ = 0;
  std::filesystem::path path_;  ///< of the present pair, without its ending
  Clock::time_point began_;
  AppendFile lines_;
  AppendFile packets_;
  bool failing_ = false;  ///< told once, until it works again
};

}  // namespace

struct TraceWriter::Inside {
  Inside(const WriterSettings& its_settings, const inspect::Messages& messages)
      : files(its_settings, messages), settings(its_settings) {}

  void run();
  void queue(std::unique_lock<std::mutex>& lock, std::unique_ptr<Item> item);

  std::shared_ptr<Budget> budget = std::make_shared<Budget>(capture_budget);
  Files files;

  std::mutex mutex;
  std::condition_variable changed;
  WriterSettings settings;
  std::deque<std::unique_ptr<Item>> waiting;
  std::size_t waiting_bytes = 0;
  std::deque<std::unique_ptr<Item>> last;  ///< what is kept in memory
  std::uint64_t lost = 0;
  std::uint64_t unreported = 0;
  bool ending = false;
  std::chrono::steady_clock::time_point patience_ends;

  std::thread thread;  ///< the last member: it uses all the others
};

void TraceWriter::Inside::queue(std::unique_lock<std::mutex>& /*held*/, std::unique_ptr<Item> item) {
  if (waiting_bytes + weight(*item) > settings.max_queue) {
    ++lost;
    ++unreported;
    return;
  }
  waiting_bytes += weight(*item);
  waiting.push_back(std::move(item));
}

void TraceWriter::Inside::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return ending || !waiting.empty(); });
    if (waiting.empty() || (ending && std::chrono::steady_clock::now() > patience_ends)) return;
    const auto item = std::move(waiting.front());
    waiting.pop_front();
    waiting_bytes -= weight(*item);
    const auto missing = std::exchange(unreported, 0);
    files.set_bounds(settings);
    lock.unlock();
    const bool told = missing == 0 || files.write_loss(missing);
    const bool written = files.write(*item);
    lock.lock();
    if (!told) unreported += missing;
    if (!written) {
      ++lost;
      ++unreported;
    }
  }
}

Result<std::shared_ptr<TraceWriter>> TraceWriter::open(const WriterSettings& settings,
                                                       const inspect::Messages& messages) {
  std::error_code error;
  if (!std::filesystem::is_directory(settings.folder, error)) {
    error = make_own_folder(settings.folder);
    if (error)
      return fail(settings.folder + ": the folder for traces can't be made: " + error.message() +
                  remedy_for(error.default_error_condition().value()));
  }
  auto inside = std::make_unique<Inside>(settings, messages);
  if (auto begun = inside->files.begin(); !begun) return tl::unexpected(begun.error());
  inside->thread = std::thread([&writer = *inside] { writer.run(); });
  return std::shared_ptr<TraceWriter>(new TraceWriter(std::move(inside)));
}

TraceWriter::TraceWriter(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

TraceWriter::~TraceWriter() {
  constexpr std::chrono::seconds patience{3};
  write_last();
  {
    const std::lock_guard lock(inside_->mutex);
    inside_->ending = true;
    inside_->patience_ends = std::chrono::steady_clock::now() + patience;
  }
  inside_->changed.notify_one();
  inside_->thread.join();
}

std::shared_ptr<Budget> TraceWriter::budget() const {
  return inside_->budget;
}

void TraceWriter::write(std::unique_ptr<Item> item) {
  if (!item) return;
  std::unique_lock lock(inside_->mutex);
  if (inside_->settings.last == 0) {
    inside_->queue(lock, std::move(item));
    lock.unlock();
    return inside_->changed.notify_one();
  }
  inside_->last.push_back(std::move(item));
  if (inside_->last.size() > inside_->settings.last) inside_->last.pop_front();
}

void TraceWriter::write_last() {
  {
    std::unique_lock lock(inside_->mutex);
    for (auto& item : std::exchange(inside_->last, {})) inside_->queue(lock, std::move(item));
  }
  inside_->changed.notify_one();
}

void TraceWriter::set_bounds(const WriterSettings& bounds) {
  {
    std::unique_lock lock(inside_->mutex);
    auto folder = std::move(inside_->settings.folder);
    inside_->settings = bounds;
    inside_->settings.folder = std::move(folder);
    auto& last = inside_->last;
    if (bounds.last == 0)
      for (auto& item : std::exchange(last, {})) inside_->queue(lock, std::move(item));
    while (last.size() > bounds.last) last.pop_front();
  }
  inside_->changed.notify_one();
}

std::uint64_t TraceWriter::lost() const {
  const std::lock_guard lock(inside_->mutex);
  return inside_->lost;
}

Result<std::shared_ptr<TraceWriter>> TraceWriters::get(const WriterSettings& settings) {
  const std::lock_guard lock(mutex_);
  auto& known = writers_[settings.folder];
  if (auto writer = known.lock()) return writer;
  auto writer = TraceWriter::open(settings, messages_);
  if (writer) known = *writer;
  return writer;
}

void TraceWriters::set_bounds(const WriterSettings& bounds) {
  const std::lock_guard lock(mutex_);
  for (const auto& [folder, known] : writers_)
    if (const auto writer = known.lock()) writer->set_bounds(bounds);
}

void TraceWriters::write_last() {
  const std::lock_guard lock(mutex_);
  for (const auto& [folder, known] : writers_)
    if (const auto writer = known.lock()) writer->write_last();
}

}  // namespace mailtap::trace
