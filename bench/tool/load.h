// The load client: one thread, OpenSSL, a fixed number of connections at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "bench/ews_exchange.h"
#include "bench/tool/openssl.h"
#include "bench/tool/sockets.h"

namespace mailtap::bench {

/// One batch of connections, each: connect, handshake, one request and its answer, close_notify, wait for the
/// other side's end.
struct Batch {
  std::size_t count = 1;
  unsigned concurrency = 1;  ///< at once; a new one begins as soon as one ends
  bool request = true;       ///< false: closes after the handshake
  bool ews = false;          ///< the request and its answer are ews_exchange.h's
  std::uint64_t download = 200;
  std::uint64_t upload = 0;
  bool hold = false;  ///< leaves each open, idle, after the answer; let_go() ends them
  std::chrono::seconds time_limit{60};
};

struct Load {
  std::size_t completed = 0;
  std::size_t failed = 0;
  std::size_t resumed = 0;
  std::string first_failure;
  double wall_seconds = 0;
  std::vector<double> handshake_us;  ///< from connect to the end of the client's handshake, of each
  std::vector<double>
      response_us;  ///< from connect to the answer's first byte: both legs' handshakes are in it
};

class LoadClient {
 public:
  /// `name`: sent as SNI.
  static Result<std::unique_ptr<LoadClient>> make(const Scenario& scenario, std::string name);
  ~LoadClient();

  /// To `address`. Sessions are kept from batch to batch if the scenario resumes: give each proxy a client of
  /// its own.
  Load run(const sockaddr* address, socklen_t size, const Batch& batch);
  Load run(std::uint16_t port, const Batch& batch);
  /// Closes what a batch has left open.
  void let_go();

 private:
  struct Connection;
  struct Run;

  LoadClient(bool resumes, std::string name);
  static int keep_session(SSL* ssl, SSL_SESSION* session);
  void offer_session(SSL* ssl);

  bool resumes_;
  std::string name_;
  const std::string ews_request_ = ews_request();
  const std::uint64_t ews_response_size_ = ews_response().size();
  ContextPtr context_;
  std::vector<SessionPtr> sessions_;  // newest last
  std::vector<std::unique_ptr<Connection>> held_;
};

}  // namespace mailtap::bench
