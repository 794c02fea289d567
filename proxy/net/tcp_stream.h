// One TCP connection: bytes out, named events in.
#pragma once

#include "config/base/bytes.h"
#include "proxy/net/address.h"
#include "proxy/net/handle.h"
#include "proxy/net/stream.h"

namespace mailtap::net {

class TcpStream final : public Stream {
 public:
  /// What can happen to a stream. A handler may close the stream but must not destroy it.
  class Events {
   public:
    virtual ~Events() = default;
    /// `bytes` lives for the call.
    virtual void on_data(TcpStream& stream, Bytes bytes) = 0;
    /// The peer's FIN: no more data will come.
    virtual void on_end(TcpStream& stream) = 0;
    /// Reading or writing failed; `status` is libuv's (UV_ECONNRESET, ...).
    virtual void on_broken(TcpStream& stream, int status) = 0;
    /// Everything queued by send() is with the kernel.
    virtual void on_flushed(TcpStream& stream) = 0;
    /// connect() ended; 0 is success.
    virtual void on_connected(TcpStream& stream, int status) = 0;
  };

  /// `read_buffer` is shared by all streams of the loop: it is filled and handed to on_data at once.
  TcpStream(uv_loop_t* loop, Events& events, MutableBytes read_buffer);

  /// Takes the connection that `listener` holds. 0 or libuv's status.
  int accept(uv_stream_t* listener);
  /// Starts connecting; on_connected tells. 0 or libuv's status (UV_EMFILE, ...). May be called again after
  /// a failure or close(): a new connection.
  int connect(const Address& address);

  /// Goes on with `other`'s connection and what it has queued; `other` is as if closed.
  void take(TcpStream& other);

  void start_reading() override;
  void stop_reading() override;
  void send(Bytes bytes) override;
  void send_last(Bytes bytes) override;
  std::size_t queued() const override { return queued_; }
  void send_end() override;
  void close() override;
  void reset() override;

  Address peer() const;
  /// The socket, for its options; -1 without one.
  int descriptor() const;
  Address local() const;

 private:
  struct WriteRequest;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
  static void on_write(uv_write_t* request, int status);
  static void on_connect(uv_connect_t* request, int status);
  void send(Bytes bytes, bool is_last);
  int try_write(Bytes bytes, bool is_last) const;
  void write_finished(std::size_t size, int status);
  int open();
  int pending_error() const;

  uv_loop_t* loop_;
  Events& events_;
  MutableBytes read_buffer_;
  Handle<uv_tcp_t> handle_;
  std::size_t queued_ = 0;
  bool end_sent_ = false;
  bool broken_ = false;     // reported once
  bool was_reset_ = false;  // as a write was told
};

}  // namespace mailtap::net
