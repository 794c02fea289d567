// What the relay and a connection need of a byte stream; TcpStream is the real one.
#pragma once

#include "config/base/bytes.h"

namespace mailtap::net {

class Stream {
 public:
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  virtual void start_reading() = 0;
  virtual void stop_reading() = 0;
  /// Takes all of `bytes`: what can't leave at once is copied and queued.
  virtual void send(Bytes bytes) = 0;
  /// As send(), for what is followed by close() at once: it may leave with the FIN, in one segment.
  virtual void send_last(Bytes bytes) { send(bytes); }
  /// Bytes queued and not yet with the kernel.
  virtual std::size_t queued() const = 0;
  /// Sends FIN once the queue is empty. Reading goes on. Idempotent.
  virtual void send_end() = 0;
  /// Ends both directions at once; no event follows. Idempotent.
  virtual void close() = 0;
  /// The same with a TCP reset, so that the peer can't take it for an orderly end.
  virtual void reset() = 0;

 protected:
  Stream() = default;
};

}  // namespace mailtap::net
