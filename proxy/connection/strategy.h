// What becomes of a connection whose upstream is known, by the route's mode: Intercept ends TLS on both
// sides, Passthrough relays it untouched.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inspect/ending.h"
#include "proxy/net/stream.h"
#include "tls/client_hello.h"

namespace mailtap::proxy {

class Strategy {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    /// It is over, both streams are closed, and the record says why. `chain`: the server's, DER; lives for
    /// the call. The strategy must be destroyed after the callback has unwound.
    virtual void on_over(const std::vector<Buffer>& chain) = 0;
  };

  /// What is there already.
  struct Beginning {
    std::unique_ptr<net::Stream> downstream;
    std::unique_ptr<net::Stream> upstream;  ///< connected; null: it is to be dialled
    Buffer early_bytes;                     ///< of the client, the first that are the connection's own
    std::optional<tls::ClientHello> hello;  ///< at the beginning of those, where it has been read already
    std::chrono::steady_clock::time_point connect_began;  ///< of `upstream`
  };

  virtual ~Strategy() = default;
  virtual void start(Beginning beginning) = 0;
  /// Ends it now, wherever it is.
  virtual void stop(inspect::Reason reason, const std::string& detail) = 0;
  /// When each step began, into the record.
  virtual void note_beginnings() = 0;
};

}  // namespace mailtap::proxy
