#include "proxy/route/keylog_file.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <unistd.h>

#include "config/base/descriptor.h"

namespace mailtap::proxy {

Result<tls::KeylogSink> open_keylog(const std::string& path) {
  const int fd = open_to_append(path, FileMode::owner_only);
  if (fd < 0)
    return fail("keylog " + path + ": can't be opened: " + std::strerror(errno) +
                "; give a file that can be written");
  const std::shared_ptr<int> owned(new int(fd), [](const int* descriptor) {
    ::close(*descriptor);
    delete descriptor;
  });
  // One write a line: O_APPEND keeps lines of several workers apart. A full disk loses lines, not
  // connections.
  return [owned](std::string_view line) {
    const auto whole = std::string(line) + '\n';
    [[maybe_unused]] const auto written = ::write(*owned, whole.data(), whole.size());
  };
}

}  // namespace mailtap::proxy
