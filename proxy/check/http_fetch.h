// One small file by HTTP, as AIA asks for it: GET, no redirects, bounded in size and time.
#pragma once

#include <functional>
#include <string>

#include <llhttp.h>

#include "config/base/result.h"
#include "proxy/check/aia.h"
#include "proxy/check/probe.h"

namespace mailtap::check {

/// Far above any certificate or PKCS#7 of a few.
inline constexpr std::size_t most_fetched = std::size_t{64} * 1024;

class HttpFetch final : net::TcpStream::Events {
 public:
  /// The body, or why there is none. The fetch must not be destroyed in it.
  using Done = std::function<void(Result<std::string> body)>;

  HttpFetch(const Network& network, HttpUrl url, config::milliseconds timeout, Done done);
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

  const Network network_;
  const HttpUrl url_;
  const config::milliseconds allowed_;
  const Done done_;
  net::TcpStream stream_;
  llhttp_settings_t settings_{};
  llhttp_t http_{};
  std::string body_;
  bool complete_ = false;
  bool finished_ = false;
  Result<std::string> result_;
  net::Timer timeout_;
  net::Timer report_;  // calls done_ when nothing of this is on the stack
};

}  // namespace mailtap::check
