#include "config/base/file.h"

namespace mailtap {

namespace {

std::string_view what_to_do(const std::filesystem::path& path) {
  std::error_code none;
  const auto status = std::filesystem::status(path, none);
  if (!std::filesystem::exists(status)) return "; correct the path";
  if (std::filesystem::is_directory(status)) return "; it is a folder, so give a file in it";
  return "; let this user read it";
}

}  // namespace

Result<std::string> read_named_file(const std::filesystem::path& path, std::size_t limit) {
  auto content = read_file(path, limit);
  if (!content && content.error().message.find("can't be read") != std::string::npos)
    content.error().message += what_to_do(path);
  return content;
}

}  // namespace mailtap
