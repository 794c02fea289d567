// The server behind the proxies.
#pragma once

#include <cstdint>

namespace mailtap::bench {

class Upstream {
 public:
  virtual ~Upstream() = default;
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  virtual std::uint16_t port() const = 0;
  virtual std::uint64_t handshakes() const = 0;
  virtual std::uint64_t resumed() const = 0;  ///< of those

 protected:
  Upstream() = default;
};

}  // namespace mailtap::bench
