#include "config/base/descriptor.h"

#include <fcntl.h>
#include <poll.h>

namespace mailtap {

int open_to_append(const std::string& file, FileMode mode) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, static_cast<mode_t>(mode));
}

int open_log(const std::string& file) {
  return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
}

int open_new(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int wait_until_writable(int descriptor, int milliseconds) {
  pollfd ready{descriptor, POLLOUT, 0};
  return ::poll(&ready, 1, milliseconds);
}

}  // namespace mailtap
