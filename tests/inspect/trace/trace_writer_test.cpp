#include "inspect/trace/trace_writer.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "inspect/trace/trace_files.h"

using namespace mailtap;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    auto path = (fs::temp_directory_path() / "mailtap-trace-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

trace::WriterSettings settings_for(const Folder& folder) {
  trace::WriterSettings settings;
  settings.folder = folder.path() / "traces";
  return settings;
}

/// All lines of all .jsonl files, in order.
std::vector<std::string> lines_of(const trace::WriterSettings& settings) {
  std::vector<std::string> all;
  for (const auto& file : trace::trace_files(settings.folder)) {
    if (file.extension() != ".jsonl") continue;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) all.push_back(line);
  }
  return all;
}

std::unique_ptr<trace::Item> item(std::string json, std::size_t packets = 0) {
  auto made = std::make_unique<trace::Item>();
  made->json = std::move(json);
  made->packets.resize(packets);
  return made;
}

const inspect::Messages silent(-1);

}  // namespace

TEST_CASE("lines and packets go into a pair of files that only the owner reads") {
  const Folder folder;
  auto settings = settings_for(folder);
  {
    const auto writer = trace::TraceWriter::open(settings, silent).value();
    writer->write(item("one", 8));
    writer->write(item("two"));
  }
  CHECK(lines_of(settings) == std::vector<std::string>{"one", "two"});
  const auto files = trace::trace_files(settings.folder);
  REQUIRE(files.size() == 2);
  for (const auto& file : files)
    CHECK((fs::status(file).permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(files[0].stem() == files[1].stem());
}

TEST_CASE("a full file is followed by another, and the oldest make room") {
  const Folder folder;
  auto settings = settings_for(folder);
  settings.max_file = 1000;
  settings.max_total = 6000;
  std::size_t largest = 0;
  for (int run = 0; run < 3; ++run) {
    const auto writer = trace::TraceWriter::open(settings, silent).value();
    for (int i = 0; i < 40; ++i) writer->write(item(std::string(300, static_cast<char>('a' + run))));
  }
  std::uintmax_t total = 0;
  for (const auto& file : trace::trace_files(settings.folder)) {
    CHECK(fs::file_size(file) <= settings.max_file);
    largest = std::max<std::size_t>(largest, fs::file_size(file));
    total += fs::file_size(file);
  }
  CHECK(largest > 900);
  CHECK(total <= settings.max_total);
  CHECK(total > settings.max_total / 2);
}

TEST_CASE("files that aren't traces are left alone") {
  const Folder folder;
  auto settings = settings_for(folder);
  settings.max_file = 1000;
  settings.max_total = 4000;
  fs::create_directory(settings.folder);
  const auto other = fs::path(settings.folder) / "mailtap-notes.jsonl";
  std::ofstream(other) << std::string(5000, 'x');
  {
    const auto writer = trace::TraceWriter::open(settings, silent).value();
    for (int i = 0; i < 20; ++i) writer->write(item(std::string(300, 'a')));
  }
  CHECK(fs::file_size(other) == 5000);
}

TEST_CASE("only the last are kept in memory until they are asked for") {
  const Folder folder;
  auto settings = settings_for(folder);
  settings.last = 2;
  auto writer = trace::TraceWriter::open(settings, silent).value();
  for (const auto* json : {"one", "two", "three"}) writer->write(item(json));
  CHECK(lines_of(settings).empty());
  writer->write_last();
  writer->write(item("four"));
  writer.reset();  // waits, and writes what is left
  CHECK(lines_of(settings) == std::vector<std::string>{"two", "three", "four"});
}

TEST_CASE("other bounds hold for what is written after them") {
  const Folder folder;
  auto settings = settings_for(folder);
  {
    const auto writer = trace::TraceWriter::open(settings, silent).value();
    for (int i = 0; i < 4; ++i) writer->write(item(std::string(300, 'a')));
    while (lines_of(settings).size() < 4) std::this_thread::yield();
    CHECK(trace::trace_files(settings.folder).size() == 1);
    auto bounds = trace::WriterSettings{};
    bounds.max_file = 1000;
    bounds.max_total = 4000;
    writer->set_bounds(bounds);
    for (int i = 0; i < 20; ++i) writer->write(item(std::string(300, 'b')));
  }
  const auto files = trace::trace_files(settings.folder);
  CHECK(files.size() > 1);
  std::uintmax_t total = 0;
  for (const auto& file : files) total += fs::file_size(file);
  CHECK(total <= 4000);
}

TEST_CASE("what was kept in memory is written when all are to be") {
  const Folder folder;
  auto settings = settings_for(folder);
  settings.last = 3;
  auto writer = trace::TraceWriter::open(settings, silent).value();
  for (const auto* json : {"one", "two", "three"}) writer->write(item(json));
  auto bounds = settings;
  bounds.last = 2;
  writer->set_bounds(bounds);
  bounds.last = 0;
  writer->set_bounds(bounds);
  writer->write(item("four"));
  writer.reset();
  CHECK(lines_of(settings) == std::vector<std::string>{"two", "three", "four"});
}

TEST_CASE("what can't be queued is lost, counted and told in the trace itself") {
  const Folder folder;
  auto settings = settings_for(folder);
  settings.max_queue = 100;
  {
    const auto writer = trace::TraceWriter::open(settings, silent).value();
    writer->write(item(std::string(200, 'x')));  // larger than the queue
    CHECK(writer->lost() == 1);
    writer->write(item("after"));
  }
  const auto all = lines_of(settings);
  REQUIRE(all.size() == 2);
  CHECK(all[0].starts_with(R"({"event":"lost",)"));
  CHECK(all[0].ends_with(R"("traces":1})"));
  CHECK(all[1] == "after");
}

TEST_CASE("a folder that can't be made is an error that names it") {
  trace::WriterSettings settings;
  settings.folder = "/proc/no/such/place";
  const auto writer = trace::TraceWriter::open(settings, silent);
  REQUIRE_FALSE(writer);
  CHECK(writer.error().message.find("/proc/no/such/place") != std::string::npos);
}
