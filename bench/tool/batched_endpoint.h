// One end of one connection of the batched load: a socket and a session. What is said over it is a derived
// class's.
#pragma once

#include <string>
#include <string_view>

#include "bench/tool/batched_loop.h"
#include "tls/session.h"

namespace mailtap::bench {

class BatchedEndpoint : public Watched {
 public:
  BatchedEndpoint(BatchedLoop& loop, Descriptor socket) : loop_(loop), socket_(std::move(socket)) {}
  BatchedEndpoint(const BatchedEndpoint&) = delete;
  BatchedEndpoint& operator=(const BatchedEndpoint&) = delete;

  int descriptor() const { return socket_.get(); }
  void ready(std::uint32_t events) final;
  /// The session's cryptography is done.
  void go_on();
  /// No more is called of what derived classes have.
  void end() { ended_ = true; }

 protected:
  /// Watches the socket; a client says its hello, though its connection may still be under way.
  void begin(std::unique_ptr<tls::Session> session);
  tls::Session& session() { return *session_; }

  void write(std::string_view plaintext);
  /// Nothing more is read of what comes, until the peer ends the connection.
  void close_notify();
  void flush();

  virtual void on_established() = 0;
  virtual void on_plaintext(std::string_view bytes) = 0;
  virtual void on_close_notify() = 0;
  /// All that was written is with the kernel. True: more was written.
  virtual bool on_sent() { return false; }
  /// The connection has ended, after close_notify() or for another reason, which `why` says. May destroy this
  /// when the turn is over (BatchedLoop::bury).
  virtual void on_end(const std::string& why) = 0;

 private:
  void drive();
  bool shake();
  void lost(const std::string& why);

  BatchedLoop& loop_;
  Descriptor socket_;
  std::unique_ptr<tls::Session> session_;
  bool established_ = false;
  bool closing_ = false;
  bool ended_ = false;
  bool blocked_ = false;  // the socket takes no more now
};

}  // namespace mailtap::bench
