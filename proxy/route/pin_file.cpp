#include "proxy/route/pin_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "config/base/file.h"
#include "config/base/text.h"
#include "config/values.h"

namespace mailtap::proxy {

namespace {

constexpr std::string_view blank = " \t\r";
constexpr std::size_t max_file_bytes = std::size_t{4} << 20;
constexpr std::string_view introduction =
    "# The key of each mail server as mailtap first saw it: a line for each, NAME sha256//BASE64.\n"
    "# Another key is refused. To accept a server's new key, change or remove its line, then send SIGHUP.\n";

/// Takes the first word off `line`; empty when there is none.
std::string_view take_word(std::string_view& line) {
  const auto begin = std::min(line.find_first_not_of(blank), line.size());
  const auto end = std::min(line.find_first_of(blank, begin), line.size());
  const auto word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

Result<void> parse_line(std::string_view line, Pins& pins) {
  const auto name = take_word(line);
  if (name.empty() || name.starts_with('#')) return {};
  if (auto host = config::parse_host(name); !host) return tl::unexpected(host.error());
  const auto pin = config::parse_pin(take_word(line));
  if (!pin) return tl::unexpected(pin.error());
  const auto rest = take_word(line);
  if (!rest.empty() && !rest.starts_with('#'))
    return fail("has more than a name and a pin; write one of each a line");
  pins[to_lower_ascii(name)].push_back(*pin);
  return {};
}

}  // namespace

Result<Pins> parse_pins(std::string_view text) {
  Pins pins;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto parsed = parse_line(text.substr(0, end), pins); !parsed)
      return fail(std::to_string(number) + ": " + parsed.error().message);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pins;
}

Result<Pins> read_pins(const std::string& file) {
  const auto text = read_named_file(file, max_file_bytes);
  if (!text) return tl::unexpected(text.error());
  auto pins = parse_pins(*text);
  if (!pins) return fail(file + ":" + pins.error().message);
  return pins;
}

Result<std::shared_ptr<PinFile>> PinFile::open(const std::string& file, const inspect::Messages& messages) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    if (auto created = create_file(file, introduction, FileMode::owner_only);
        !created && !std::filesystem::exists(file, ignored))  // another mailtap may have been faster
      return tl::unexpected(created.error());
  auto pins = read_pins(file);
  if (!pins) return tl::unexpected(pins.error());
  return std::shared_ptr<PinFile>(new PinFile(file, messages, std::move(*pins)));
}

PinFile::PinFile(std::string file, const inspect::Messages& messages, Pins pins)
    : file_(std::move(file)), messages_(messages), pins_(std::move(pins)) {
  writer_ = std::thread([this] { write_in_background(); });
}

PinFile::~PinFile() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  writer_.join();
}

std::vector<std::string> PinFile::pins_of(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = pins_.find(to_lower_ascii(name));
  return found == pins_.end() ? std::vector<std::string>{} : found->second;
}

Result<std::vector<std::string>> PinFile::remember(std::string_view name, const std::string& pin) {
  const auto host = config::parse_host(name);
  if (!host) return fail("the pin file can't remember a key for " + host.error().message);
  const auto key = to_lower_ascii(*host);
  const std::lock_guard lock(mutex_);
  if (const auto found = pins_.find(key); found != pins_.end()) return found->second;
  if (pins_.size() >= max_names)
    return fail(file_ + ": remembers " + std::to_string(max_names) +
                " names, which is the most: remove those that aren't needed, and set name on the route");
  pins_[key] = {pin};
  if (reread_) reread_->try_emplace(key, pins_[key]);
  unwritten_ += key + " " + pin + "\n";
  changed_.notify_all();
  return pins_[key];
}

Result<void> PinFile::reread() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return unwritten_.empty() && !writing_; });
  auto pins = read_pins(file_);
  if (!pins) return tl::unexpected(pins.error());
  reread_ = std::move(*pins);
  return {};
}

void PinFile::adopt() {
  const std::lock_guard lock(mutex_);
  if (reread_) pins_ = *std::exchange(reread_, std::nullopt);
}

void PinFile::discard() {
  const std::lock_guard lock(mutex_);
  reread_.reset();
}

void PinFile::write_in_background() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !unwritten_.empty(); });
    if (unwritten_.empty()) return;  // told to stop, and all is written
    const auto lines = std::exchange(unwritten_, {});
    writing_ = true;
    lock.unlock();
    if (const auto written = append(lines); !written)
      messages_.warn("keys are remembered only until mailtap ends: " + written.error().message);
    lock.lock();
    writing_ = false;
    changed_.notify_all();
  }
}

/// The file as it is now and the new lines, in one step: what a person or another mailtap wrote into it
/// meanwhile stays, and holds here too if it is of the same name.
Result<void> PinFile::append(const std::string& lines) {
  const FolderLock others(file_);
  auto content = read_named_file(file_, max_file_bytes);
  if (!content) {
    std::error_code ignored;
    if (std::filesystem::exists(file_, ignored)) return tl::unexpected(content.error());
    content = std::string(introduction);
  }
  if (!content->empty() && content->back() != '\n') *content += '\n';
  const auto there = parse_pins(*content);
  std::string wanted = *content;
  for (std::string_view rest = lines; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    const auto known = there ? there->find(line.substr(0, line.find(' '))) : Pins::const_iterator{};
    if (!there || known == there->end()) {
      wanted += line;
      continue;
    }
    const std::lock_guard lock(mutex_);
    pins_.insert_or_assign(known->first, known->second);
    if (reread_) reread_->insert_or_assign(known->first, known->second);
  }
  return replace_file(file_, wanted, FileMode::owner_only);
}

Result<std::shared_ptr<PinFile>> PinFiles::get(const std::string& file) {
  if (const auto known = files_.find(file); known != files_.end()) {
    if (auto read = known->second->reread(); !read) return tl::unexpected(read.error());
    return known->second;
  }
  auto opened = PinFile::open(file, messages_);
  if (opened) files_.emplace(file, *opened);
  return opened;
}

void PinFiles::adopt() {
  for (const auto& entry : files_) entry.second->adopt();
}

void PinFiles::discard() {
  for (const auto& entry : files_) entry.second->discard();
}

}  // namespace mailtap::proxy
