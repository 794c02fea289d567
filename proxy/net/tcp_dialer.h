// Dials by TCP: the one loop over addresses.
#pragma once

#include <functional>

#include "proxy/net/dialer.h"
#include "proxy/net/resolver.h"

namespace mailtap::net {

class TcpDialer final : public Dialer {
 public:
  /// An address that isn't to be connected to, as it is mailtap's own.
  using IsOwn = std::function<bool(const Address& address)>;

  /// All outlive this, and this its attempts.
  TcpDialer(uv_loop_t* loop, Resolver& resolver, MutableBytes read_buffer, IsOwn is_own = {})
      : loop_(loop), resolver_(resolver), read_buffer_(read_buffer), is_own_(std::move(is_own)) {}

  std::unique_ptr<Attempt> dial(const config::Endpoint& endpoint, std::chrono::milliseconds within,
                                Delegate& delegate) override;

  /// An address that doesn't answer has the next one begin after this time, or earlier where there are so
  /// many that each has less (RFC 8305 section 5: 250 ms).
  static constexpr std::chrono::milliseconds attempt_delay{250};

 private:
  class TcpAttempt;

  uv_loop_t* loop_;
  Resolver& resolver_;
  MutableBytes read_buffer_;
  IsOwn is_own_;
};

/// IPv6 and IPv4 by turns, beginning with the kind of the first, and otherwise in the same order (RFC 8305
/// section 4).
std::vector<Address> by_turns(const std::vector<Address>& addresses);

}  // namespace mailtap::net
