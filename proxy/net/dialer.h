// Connections to others: a name to addresses, and those in turn until one accepts.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "config/endpoint.h"
#include "proxy/net/address.h"
#include "proxy/net/stream.h"

namespace mailtap::net {

/// Why there is no connection.
struct DialFailure {
  enum class Kind {
    not_resolved,        ///< the name has no address: `detail` is the system's text
    loops,               ///< all addresses are mailtap's own listeners
    not_connected,       ///< no address accepted: `detail` is the system's text for the last one
    out_of_descriptors,  ///< mailtap may open no more: `detail` is the system's text
    timed_out,           ///< no answer in time
  };
  Kind kind = Kind::not_connected;
  std::string detail{};
};

class Dialer {
 public:
  class Delegate {
   public:
    virtual ~Delegate() = default;
    /// An address is being connected to. Others may be so at the same time.
    virtual void on_dialing(const Address& address) = 0;
    // Once one of these.
    /// `stream` is connected and has no events yet. The attempt may be destroyed in it.
    virtual void on_dialled(std::unique_ptr<Stream> stream, const Address& address) = 0;
    /// The attempt must be destroyed after it has unwound.
    virtual void on_not_dialled(const DialFailure& why) = 0;
  };

  /// One connection in the making. Destroyed before its end, it is given up and nobody is told.
  class Attempt {
   public:
    virtual ~Attempt() = default;
    /// Once. The delegate may be told from within the call.
    virtual void begin() = 0;
  };

  virtual ~Dialer() = default;
  /// The addresses of `endpoint` share the time `within`, IPv6 and IPv4 by turns (RFC 8305 section 4): the
  /// next one begins when the one before has failed, or after a moment without an answer while that goes on
  /// (section 5). The first that accepts is taken. `delegate` outlives the attempt.
  virtual std::unique_ptr<Attempt> dial(const config::Endpoint& endpoint, std::chrono::milliseconds within,
                                        Delegate& delegate) = 0;
};

}  // namespace mailtap::net
