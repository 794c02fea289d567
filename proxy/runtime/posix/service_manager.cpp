#include "proxy/runtime/service_manager.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace mailtap::proxy {

namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : std::string_view();
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager manager;
  const auto socket = variable("NOTIFY_SOCKET");
  if (socket.starts_with('/') || socket.starts_with('@')) manager.socket_ = socket;
  const auto process = variable("WATCHDOG_PID");
  const bool is_meant = process.empty() || number(process) == static_cast<std::uint64_t>(::getpid());
  if (const auto microseconds = number(variable("WATCHDOG_USEC")); is_meant && microseconds)
    manager.watchdog_ = std::chrono::milliseconds(static_cast<std::int64_t>(*microseconds / 1000));
  return manager;
}

void ServiceManager::notify(std::string_view state) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int datagrams = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (datagrams < 0) return;
  ::sendto(datagrams, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), size);
  ::close(datagrams);
}

void ServiceManager::notify_reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds) +
         "\nSTATUS=reading the configuration");
}

bool is_journal(int descriptor) {
  const auto stream = variable("JOURNAL_STREAM");  // DEVICE:INODE
  const auto colon = stream.find(':');
  if (colon == std::string_view::npos) return false;
  struct stat is {};
  return ::fstat(descriptor, &is) == 0 && number(stream.substr(0, colon)) == std::uint64_t{is.st_dev} &&
         number(stream.substr(colon + 1)) == std::uint64_t{is.st_ino};
}

}  // namespace mailtap::proxy
