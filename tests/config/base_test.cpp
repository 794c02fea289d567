#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <thread>

#include <unistd.h>

#include "config/base/bytes.h"
#include "config/base/file.h"
#include "config/base/phrases.h"
#include "config/base/process.h"
#include "config/base/system_error.h"
#include "config/base/text.h"

using namespace mailtap;

TEST_CASE("base64 and hex survive a round trip at every length") {
  Buffer bytes;
  for (int size = 0; size < 70; ++size) {
    CHECK(from_base64(to_base64(bytes)).value() == bytes);
    CHECK(from_hex(to_hex(bytes)).value() == bytes);
    bytes.push_back(static_cast<std::uint8_t>(size * 37));
  }
  CHECK(to_base64(as_bytes("foob")) == "Zm9vYg==");  // RFC 4648 section 10
}

TEST_CASE("malformed base64 and hex are refused") {
  for (const auto* text : {"a", "abc", "ab=c", "====", "Zm9v=Zm9", "Zm9*", "Zm=v", "Zm9v====", " Zm9",
                           "Zm9\n", "Zm9v    ", "-AAA"})
    CHECK_FALSE(from_base64(text));
  for (const auto* text : {"a", "0g", "zz"}) CHECK_FALSE(from_hex(text));
}

TEST_CASE("RFC 3339 times are read with offsets and written in UTC") {
  CHECK(to_rfc3339(from_rfc3339("2026-11-23T20:22:00Z").value()) == "2026-11-23T20:22:00Z");
  CHECK(to_rfc3339(from_rfc3339("2026-11-23T20:22:00.123+07:00").value()) == "2026-11-23T13:22:00Z");
  for (const auto* text : {"", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-11-23T24:00:00Z", "2026-11-23T20:22:00", "2026-11-23T20:22:00+7"})
    CHECK_FALSE(from_rfc3339(text));
}

TEST_CASE("IP addresses are told from names") {
  CHECK(is_ip_address("192.0.2.1"));
  CHECK(is_ip_address("2001:db8::1"));
  CHECK_FALSE(is_ip_address("mail.example"));
  CHECK_FALSE(is_ip_address("192.0.2"));
}

TEST_CASE("a buffer that is released holds no memory") {
  Buffer buffer(1000);
  release(buffer);
  CHECK(buffer.capacity() == 0);
}

TEST_CASE("a thread's processor time goes on while it works, and not while it waits") {
  const auto began = thread_processor_time();
  while (thread_processor_time() - began < std::chrono::milliseconds(40)) continue;
  const auto worked = thread_processor_time();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(thread_processor_time() - worked < std::chrono::milliseconds(50));
}

TEST_CASE("a machine has no more idle processors than processors") {
  CHECK(idle_processors().value_or(0) <= std::thread::hardware_concurrency());
}

TEST_CASE("a file is created once, private when asked, and a second creation is an error", "[posix]") {
  const auto path = std::filesystem::temp_directory_path() / ("mailtap-base-" + std::to_string(::getpid()));
  REQUIRE(create_file(path, "one", FileMode::owner_only));
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  const auto again = create_file(path, "two", FileMode::owner_only);
  REQUIRE_FALSE(again);
  CHECK(again.error().message.find(path.string()) == 0);
  CHECK(read_file(path).value() == "one");
  REQUIRE(replace_file(path, "three", FileMode::owner_only));
  CHECK(read_file(path).value() == "three");
  CHECK_FALSE(read_file(path, 4));
  CHECK(read_file(path.string() + ".not-there").error().message.find("No such file") != std::string::npos);
  std::filesystem::remove(path);
}

TEST_CASE("what the system says comes with what to do, in both languages", "[posix]") {
  for (const int error : {ENOENT, EACCES, EPERM, EISDIR, ENOTDIR, ENAMETOOLONG, ENOSPC, EROFS, EFBIG, EMFILE,
                          ENFILE, EAGAIN, ENOMEM, ENOBUFS, EAFNOSUPPORT}) {
    const auto remedy = remedy_for(error);
    CAPTURE(error, remedy);
    REQUIRE(remedy.starts_with("; "));
    CHECK(system_says(error).ends_with(remedy));
    CHECK(in_language(remedy.substr(2), Language::vietnamese) != remedy.substr(2));
  }
  CHECK(remedy_for(ECONNRESET).empty());
}

TEST_CASE("a file that can't be created says why and what to do", "[posix]") {
  const auto written = create_file("/dev/full/x", "one", FileMode::owner_only);
  REQUIRE_FALSE(written);
  CHECK(written.error().message ==
        "/dev/full/x: can't be created: Not a directory; a part of the path is a file, not a folder; correct "
        "the path");
}
