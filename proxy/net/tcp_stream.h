// One TCP connection.
#pragma once

#include "config/base/bytes.h"
#include "proxy/net/address.h"
#include "proxy/net/handle.h"
#include "proxy/net/stream.h"

namespace mailtap::net {

class Listener;

class TcpStream final : public Stream {
 public:
  /// Who waits for connect().
  class Connecting {
   public:
    virtual ~Connecting() = default;
    /// 0 or libuv's status. The stream may be destroyed in it.
    virtual void on_connected(TcpStream& stream, int status) = 0;
  };

  /// `read_buffer` is shared by all streams of the loop: it is filled and handed to on_data at once.
  TcpStream(uv_loop_t* loop, MutableBytes read_buffer) : loop_(loop), read_buffer_(read_buffer) {}
  TcpStream(uv_loop_t* loop, Events& events, MutableBytes read_buffer)
      : Stream(events), loop_(loop), read_buffer_(read_buffer) {}

  /// Takes the connection that `listener` holds. 0 or libuv's status.
  int accept(Listener& listener);
  /// Starts connecting; 0 or libuv's status (UV_EMFILE, ...). With 0, `connecting` is told, unless the stream
  /// is closed before.
  int connect(const Address& address, Connecting& connecting);

  void start_reading() override;
  void stop_reading() override;
  void send(Bytes bytes) override;
  void send_last(Bytes bytes) override;
  std::size_t queued() const override { return queued_; }
  void send_end() override;
  void close() override;
  void reset() override;

  Address peer() const override;
  Address local() const override;
  /// The socket, for its options; -1 without one.
  int descriptor() const;

 private:
  struct WriteRequest;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
  static void on_write(uv_write_t* request, int status);
  static void on_connect(uv_connect_t* request, int status);
  void send(Bytes bytes, bool is_last);
  int try_write(Bytes bytes, bool is_last) const;
  void write_finished(std::size_t size, int status);
  int open();
  void read();
  int pending_error() const;

  uv_loop_t* loop_;
  Connecting* connecting_ = nullptr;  // while connect() is under way
  MutableBytes read_buffer_;
  Handle<uv_tcp_t> handle_;
  std::size_t queued_ = 0;
  bool is_reading_ = false;
  bool end_sent_ = false;
  bool broken_ = false;     // reported once
  bool was_reset_ = false;  // as a write was told
};

}  // namespace mailtap::net
