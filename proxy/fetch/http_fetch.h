// One small file by HTTP: GET, no redirects, bounded in size and time.
#pragma once

#include <functional>
#include <string>

#include "config/base/result.h"
#include "proxy/fetch/http_answer.h"
#include "proxy/fetch/http_url.h"
#include "proxy/net/network.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/net/timer.h"

namespace mailtap::fetch {

struct FetchLimits {
  config::milliseconds time{10'000};  ///< from resolving the name to the last byte
  std::size_t size = 0;               ///< of the body
};

class HttpFetch final : net::TcpStream::Events {
 public:
  /// The body, or why there is none. The fetch must not be destroyed in it.
  using Done = std::function<void(Result<std::string> body)>;

  HttpFetch(const net::Network& network, HttpUrl url, FetchLimits limits, Done done);
  ~HttpFetch() override;
  HttpFetch(const HttpFetch&) = delete;
  HttpFetch& operator=(const HttpFetch&) = delete;

  /// Once. `done` is called later, never from within.
  void start();

 private:
  void resolved(const std::vector<net::Address>& addresses, int status);
  void on_connected(net::TcpStream& stream, int status) override;
  void on_data(net::TcpStream& stream, Bytes bytes) override;
  void on_end(net::TcpStream& stream) override;
  void on_broken(net::TcpStream& stream, int status) override;
  void on_flushed(net::TcpStream& /*stream*/) override {}
  void finish(Result<std::string> result);

  const net::Network network_;
  const HttpUrl url_;
  const config::milliseconds allowed_;
  const Done done_;
  net::TcpStream stream_;
  HttpAnswer answer_;
  bool finished_ = false;
  Result<std::string> result_;
  net::Timer timeout_;
  net::Timer report_;  // calls done_ when nothing of this is on the stack
};

}  // namespace mailtap::fetch
