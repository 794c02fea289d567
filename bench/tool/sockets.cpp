#include "bench/tool/sockets.h"

#include <algorithm>
#include <csignal>
#include <ctime>

#include <arpa/inet.h>
#include <sys/resource.h>
#include <unistd.h>

namespace mailtap::bench {

std::atomic<bool> interrupted{false};  // a signal handler reaches nothing else

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::pair<Descriptor, std::uint16_t> listen_on_loopback() {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 || ::listen(socket.get(), 4096) != 0 ||
      ::getsockname(socket.get(), generic, &size) != 0)
    return {Descriptor(), 0};
  return {std::move(socket), ntohs(address.sin_port)};
}

std::uint16_t free_port() {
  return listen_on_loopback().second;
}

bool accepts(std::uint16_t port) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

int wait_for_events(int epoll, std::span<epoll_event> events, std::chrono::steady_clock::time_point until) {
  const auto left = std::max(std::chrono::nanoseconds(until - std::chrono::steady_clock::now()),
                             std::chrono::nanoseconds(0));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  return ::epoll_pwait2(epoll, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
}

void watch_for_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace mailtap::bench
