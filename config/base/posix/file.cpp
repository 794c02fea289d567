#include "config/base/file.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/system_error.h"

namespace mailtap {

namespace {

/// Closes what it holds; the one owner of a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> io_error(const std::filesystem::path& path, std::string_view what) {
  return fail(path.string() + ": " + std::string(what) + ": " + std::strerror(errno));
}

/// Of something that is to be written.
tl::unexpected<Error> write_error(const std::filesystem::path& path, std::string_view what) {
  auto error = io_error(path, what);
  error.value().message += remedy_for(errno);
  return error;
}

Result<void> write_all(int fd, const std::filesystem::path& path, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return write_error(path, "can't be written");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return io_error(path, "can't be read");
  std::string content;
  std::array<char, 65536> chunk;
  for (;;) {
    const auto size = ::read(file.get(), chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return io_error(path, "can't be read");
    if (size == 0) return content;
    content.append(chunk.data(), static_cast<std::size_t>(size));
    if (content.size() > limit)
      return fail(path.string() + ": larger than " + std::to_string(limit) + " bytes");
  }
}

Result<void> create_file(const std::filesystem::path& path, std::string_view content, FileMode mode) {
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
  if (file.get() < 0) {
    if (errno != ENOENT) return write_error(path, "can't be created");
    auto error = io_error(path, "can't be created");
    error.value().message += "; make its folder first";
    return error;
  }
  if (::fchmod(file.get(), static_cast<mode_t>(mode)) != 0) return write_error(path, "its mode can't be set");
  auto written = write_all(file.get(), path, content);
  if (!written) ::unlink(path.c_str());
  return written;
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view content, FileMode mode) {
  auto beside = path;
  beside += ".new-" + std::to_string(::getpid());
  if (auto created = create_file(beside, content, mode); !created) return created;
  if (::rename(beside.c_str(), path.c_str()) == 0) return {};
  auto failure = write_error(path, "can't be replaced");
  ::unlink(beside.c_str());
  return failure;
}

FolderLock::FolderLock(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (descriptor >= 0 && ::flock(descriptor, LOCK_EX) != 0 && errno == EINTR) {
  }
  held_ = descriptor;
}

FolderLock::~FolderLock() {
  if (held_ >= 0) ::close(static_cast<int>(held_));
}

std::filesystem::path make_private_folder(const std::filesystem::path& parent, std::string_view prefix) {
  auto path = (parent / (std::string(prefix) + "XXXXXX")).string();
  return ::mkdtemp(path.data()) != nullptr ? std::filesystem::path(path) : std::filesystem::path();
}

bool is_open_to_others(const std::filesystem::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IWGRP | S_IRWXO)) != 0;
}

namespace {

/// By name if it has one. An admin who looks as root asks for the service, which is the package's.
std::string own_group() {
  std::array<char, 4096> buffer;
  struct group entry {};
  struct group* found = nullptr;
  constexpr const char* service = "mailtap";
  if (::geteuid() == 0 && ::getgrnam_r(service, &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr)
    return service;
  ::getgrgid_r(::getegid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->gr_name : std::to_string(::getegid());
}

}  // namespace

std::string recipe_to_make(std::string_view command, const std::filesystem::path& path) {
  return "(umask 027; " + std::string(command) + " > " + path.string() + "; chgrp " + own_group() + " " +
         path.string() + ")";
}

std::string recipe_to_share(const std::filesystem::path& path) {
  return "chgrp " + own_group() + " " + path.string() + " && chmod 640 " + path.string();
}

std::string recipe_to_close(const std::filesystem::path& path) {
  struct stat status {};
  const bool is_own = ::geteuid() != 0 && ::stat(path.c_str(), &status) == 0 && status.st_uid == ::geteuid();
  return is_own ? "chmod g-w,o= " + path.string() : recipe_to_share(path);
}

std::string key_file_risk(const std::filesystem::path& path) {
  std::error_code unknown;
  const auto rights = std::filesystem::status(path, unknown).permissions();
  if (unknown || (rights & std::filesystem::perms::others_read) == std::filesystem::perms::none) return {};
  return path.string() +
         " can be read by everybody who has an account on this machine: " + recipe_to_close(path);
}

}  // namespace mailtap
