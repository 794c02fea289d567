// Non-blocking TCP on loopback, and the flag that a signal sets.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <utility>

#include <netinet/in.h>
#include <sys/epoll.h>

namespace mailtap::bench {

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

sockaddr_in loopback(std::uint16_t port);

/// A listening socket on a port that the kernel chose; its port.
std::pair<Descriptor, std::uint16_t> listen_on_loopback();
/// A port that nobody had a moment ago, for programs that can't be told to choose one.
std::uint16_t free_port();
/// Somebody listens there.
bool accepts(std::uint16_t port);

/// Waits until there are events or `until` has come; how many there are. To the microsecond, as milliseconds
/// would make connections that arrive one by one arrive together.
int wait_for_events(int epoll, std::span<epoll_event> events, std::chrono::steady_clock::time_point until);

/// SIGINT or SIGTERM came: whoever waits should end.
extern std::atomic<bool> interrupted;
void watch_for_interrupts();
/// As many descriptors as the hard limit allows, for this process and those that it starts.
void raise_descriptor_limit();

}  // namespace mailtap::bench
