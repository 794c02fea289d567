#include "proxy/http/token.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include <unistd.h>

#include "config/base/file.h"

using namespace mailtap;
using mailtap::http::read_token;

TEST_CASE("a token that others may read, or that could be guessed, is none") {
  const auto file = std::filesystem::temp_directory_path() / ("mailtap-token-" + std::to_string(::getpid()));
  const auto read = [&](std::string_view text, FileMode mode = FileMode::owner_only) {
    std::filesystem::remove(file);
    REQUIRE(create_file(file, text, mode));
    auto token = read_token(file);
    return token ? *token : token.error().message;
  };
  CHECK(read("0123456789abcdef\n") == "0123456789abcdef");
  CHECK(read("0123456789abcdef\r\n") == "0123456789abcdef");
  CHECK(read("0123456789abcdef", FileMode::world_readable).find("; run `ch") != std::string::npos);
  for (const auto* text : {"", "\n", "short", "0123456789 abcdef", "0123456789abcdef\n0123456789abcdef\n"})
    CHECK(read(text).find("is no token") != std::string::npos);
  // What a service's group may read, and change.
  REQUIRE(read("0123456789abcdef") == "0123456789abcdef");
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  CHECK(read_token(file));
  std::filesystem::permissions(file, std::filesystem::perms(0660));
  CHECK_FALSE(read_token(file));
  std::filesystem::remove(file);
  CHECK_FALSE(read_token(file));
}
