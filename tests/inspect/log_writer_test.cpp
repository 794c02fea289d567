#include "inspect/log/log_writer.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/file.h"
#include "inspect/log/line_queue.h"
#include "inspect/record.h"

using namespace mailtap;
using namespace mailtap::inspect;
using config::LogFormat;

namespace {

/// A folder of its own, and what Messages said.
struct Place {
  Place() {
    std::signal(SIGPIPE, SIG_IGN);
    std::string pattern = (std::filesystem::temp_directory_path() / "mailtap-log-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    said = ::open((folder / "said").c_str(), O_RDWR | O_CREAT | O_APPEND, 0600);
  }
  ~Place() {
    ::close(said);
    std::filesystem::remove_all(folder);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::string file(const char* name) const { return folder / name; }
  std::string messages_text() const { return read_file(file("said")).value(); }

  std::filesystem::path folder;
  int said = -1;
};

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("lines are written in order, appended, and complete when the writer ends", "[threads]") {
  const Place place;
  const Messages messages(place.said);
  const config::LogTarget target{place.file("log"), LogFormat::text};
  REQUIRE(create_file(target.file, "before\n", FileMode::owner_only));
  {
    const auto writer = LogWriter::open(target, messages).value();
    for (int i = 0; i < 1000; ++i) writer->write_line(std::to_string(i));
  }
  std::string expected = "before\n";
  for (int i = 0; i < 1000; ++i) expected += std::to_string(i) + "\n";
  CHECK(read_file(target.file).value() == expected);
}

TEST_CASE("an idle log is written at once", "[threads]") {
  const Place place;
  const Messages messages(place.said);
  const auto writer = LogWriter::open({place.file("log"), LogFormat::json}, messages).value();
  writer->write(ConnectionRecord{});
  CHECK(eventually([&] { return read_file(place.file("log")).value().ends_with("}\n"); }));
}

TEST_CASE("a slow reader never makes the writer wait, and the log says how many lines it lacks",
          "[threads]") {
  const Place place;
  const Messages messages(place.said);
  REQUIRE(::mkfifo(place.file("pipe").c_str(), 0600) == 0);
  const int reader = ::open(place.file("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  auto writer = LogWriter::open({place.file("pipe"), LogFormat::json}, messages, 16).value();
  const std::string line(4000, 'x');
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 500; ++i) writer->write_line(line);
  writer->write_line("last");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
  CHECK(writer->lost() > 0);

  std::string read;
  std::array<char, 65536> chunk{};
  const auto take = [&] {
    const auto size = ::read(reader, chunk.data(), chunk.size());
    if (size > 0) read.append(chunk.data(), static_cast<std::size_t>(size));
    return read.ends_with("last\n");
  };
  CHECK(eventually(take));
  CHECK(read.find(R"({"event":"lost","time":")") != std::string::npos);
  const auto whole = count(read, line + "\n");
  CHECK(whole + writer->lost() == 500);
  writer.reset();
  ::close(reader);
}

TEST_CASE("exchanges never push out what is written once for each connection", "[threads]") {
  using Kind = LineQueue::Kind;
  LineQueue queue(4);
  for (int i = 0; i < 3; ++i) queue.put(Kind::other, "c" + std::to_string(i), "mail");
  for (int i = 0; i < 100; ++i) queue.put(Kind::exchange, "x" + std::to_string(i), "web");
  queue.put(Kind::exchange, "y", "mail");
  queue.put(Kind::other, "c3", "mail");
  const auto taken = queue.take();
  REQUIRE(taken);
  std::string text;
  for (const auto& line : taken->lines) text += line.text + " ";
  CHECK(text == "c0 c1 c2 x97 x98 x99 y c3 ");
  REQUIRE(taken->lost.size() == 1);
  CHECK(queue.route_name(taken->lost.begin()->first) == "web");
  CHECK(taken->lost.begin()->second == 97);
  CHECK(queue.lost() == 97);

  for (int i = 0; i < 6; ++i) queue.put(Kind::other, std::to_string(i), "mail");
  CHECK(queue.take()->lines.front().text == "2");
  queue.end();
  CHECK_FALSE(queue.take());
}

TEST_CASE("what is lost is told by route", "[threads]") {
  const Place place;
  const Messages messages(place.said);
  REQUIRE(::mkfifo(place.file("pipe").c_str(), 0600) == 0);
  const int reader = ::open(place.file("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  auto writer = LogWriter::open({place.file("pipe"), LogFormat::json}, messages, 8).value();
  writer->write_line(std::string(100'000, 'x'));  // more than a pipe takes
  Exchange exchange;
  exchange.part = HttpPart{};
  ConnectionRecord connection;
  connection.route = "mail";
  for (int i = 0; i < 50; ++i) {
    writer->write(exchange, {1, "web", {}, {}});
    if (i % 10 == 0) writer->write(connection);
  }
  std::string read;
  std::array<char, 65536> chunk{};
  CHECK(eventually([&] {
    const auto size = ::read(reader, chunk.data(), chunk.size());
    if (size > 0) read.append(chunk.data(), static_cast<std::size_t>(size));
    return count(read, R"("event":"connection")") == 5 && read.ends_with("}\n");
  }));
  CHECK(read.find(R"("routes":{"web":)") != std::string::npos);
  for (const auto* of_mail : {R"({"mail":)", R"("mail":1)"}) CHECK(read.find(of_mail) == std::string::npos);
  writer.reset();
  ::close(reader);
}

TEST_CASE("a reader that doesn't take what is left can't hold up the end for long", "[threads]") {
  const Place place;
  const Messages messages(place.said);
  REQUIRE(::mkfifo(place.file("pipe").c_str(), 0600) == 0);
  const int reader = ::open(place.file("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  auto writer = LogWriter::open({place.file("pipe"), LogFormat::text}, messages, 64).value();
  for (int i = 0; i < 60; ++i) writer->write_line(std::string(4000, 'x'));
  const auto start = std::chrono::steady_clock::now();
  writer.reset();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
  ::close(reader);
}

TEST_CASE("a full disk is told once, and counted", "[threads]") {
  const Place place;
  const Messages messages(place.said);
  const auto writer = LogWriter::open({"/dev/full", LogFormat::text}, messages).value();
  for (int i = 0; i < 10; ++i) writer->write_line("line");
  CHECK(eventually([&] { return writer->lost() == 10; }));
  CHECK(
      place.messages_text() ==
      "mailtap: warning: /dev/full: the log can't be written: No space left on device; free some of its file "
      "system, or name a file elsewhere; connections go on without it, and the lines lost are counted\n");
}

TEST_CASE("a closed pipe is told once, and no crash", "[threads]") {
  const Place place;
  const Messages messages(place.said);
  REQUIRE(::mkfifo(place.file("pipe").c_str(), 0600) == 0);
  const int reader = ::open(place.file("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  const auto writer = LogWriter::open({place.file("pipe"), LogFormat::text}, messages).value();
  ::close(reader);
  writer->write_line("one");
  writer->write_line("two");
  CHECK(eventually([&] { return writer->lost() == 2; }));
  CHECK(count(place.messages_text(), "Broken pipe") == 1);
}

TEST_CASE("after rotation lines go to the new file", "[threads]") {
  const Place place;
  const Messages messages(place.said);
  LogWriters writers(messages);
  const config::LogTarget target{place.file("log"), LogFormat::text};
  const auto writer = writers.get(target).value();
  CHECK(writers.get(target).value() == writer);
  writer->write_line("old");
  REQUIRE(eventually([&] { return read_file(target.file).value() == "old\n"; }));
  std::filesystem::rename(target.file, place.file("log.1"));
  writers.reopen_all();
  CHECK(eventually([&] { return std::filesystem::exists(target.file); }));
  writer->write_line("new");
  CHECK(eventually([&] { return read_file(target.file).value() == "new\n"; }));
  CHECK(read_file(place.file("log.1")).value() == "old\n");
}

TEST_CASE("a log that can't be opened is an error that names it", "[threads]") {
  const Messages messages;
  const auto writer = LogWriter::open({"/no/such/folder/log", LogFormat::text}, messages);
  REQUIRE_FALSE(writer);
  CHECK(writer.error().message.find("/no/such/folder/log: the log can't be opened: No such file") == 0);
}

TEST_CASE("a message is a line each, prefixed, and can't forge another", "[threads]") {
  const Place place;
  const Messages messages(place.said);
  messages.say("listening 127.0.0.1:8443");
  messages.warn("one\ntwo \x1b[2J");
  messages.error("three");
  CHECK(place.messages_text() ==
        "listening 127.0.0.1:8443\nmailtap: warning: one\nmailtap: warning: two \\x1b[2J\nmailtap: error: "
        "three\n");
}
