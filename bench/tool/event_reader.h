// Reads an admin endpoint's events as a page would, and forgets them.
#pragma once

#include <cstdint>
#include <memory>
#include <thread>

#include "bench/tool/sockets.h"
#include "config/base/result.h"

namespace mailtap::bench {

class EventReader {
 public:
  /// Of the endpoint on that port of loopback; once events have begun.
  static Result<std::unique_ptr<EventReader>> open(std::uint16_t port);
  ~EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

 private:
  explicit EventReader(Descriptor socket);

  Descriptor socket_;
  std::thread thread_;
};

}  // namespace mailtap::bench
