// What a connection needs of a byte stream. TcpStream is a real one, TlsStream one over another stream.
#pragma once

#include <string_view>

#include "config/base/bytes.h"
#include "proxy/net/address.h"

namespace mailtap::net {

class Stream {
 public:
  /// What can happen to a stream. A handler may close the stream and destroy it: the event is the last that
  /// is done with it.
  class Events {
   public:
    virtual ~Events() = default;
    /// `bytes` lives for the call.
    virtual void on_data(Stream& stream, Bytes bytes) = 0;
    /// The peer's FIN: no more data will come.
    virtual void on_end(Stream& stream) = 0;
    /// Reading or writing failed; `why` is the system's text ("connection reset by peer").
    virtual void on_broken(Stream& stream, std::string_view why) = 0;
    /// Everything queued by send() is with the kernel.
    virtual void on_flushed(Stream& stream) = 0;
  };

  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Who is told from now on: before the first reading, and not after the stream's end.
  void set_events(Events& events) { events_ = &events; }

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

  /// The two ends' addresses; empty ones after close().
  virtual Address peer() const = 0;
  virtual Address local() const = 0;

 protected:
  Stream() = default;
  explicit Stream(Events& events) : events_(&events) {}

  Events* events_ = nullptr;
};

}  // namespace mailtap::net
