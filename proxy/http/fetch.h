// One request by HTTP, plain or over TLS: no redirects, bounded in size and time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "proxy/http/answer.h"
#include "proxy/http/url.h"
#include "proxy/net/network.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/net/timer.h"
#include "tls/session.h"

namespace mailtap::certs {
class TrustStore;
}  // namespace mailtap::certs

namespace mailtap::fetch {

struct HttpRequest {
  HttpUrl url;
  std::string method = "GET";
  std::string fields{};  ///< further header lines, each with its CRLF
  std::string body{};
  /// https: whom to believe. Nothing is sent to a server whose certificate isn't trusted, or isn't for the
  /// URL's host; null: to none.
  std::shared_ptr<const certs::TrustStore> trust{};
};

struct FetchLimits {
  std::chrono::milliseconds time{10'000};  ///< from resolving the name to the last byte
  std::size_t size = 0;                    ///< of the answer's body
};

class HttpFetch final : net::TcpStream::Events {
 public:
  /// The answer, whatever its status, or why there is none. The fetch must not be destroyed in it.
  using Done = std::function<void(Result<HttpResponse> response)>;

  HttpFetch(const net::Network& network, HttpRequest request, FetchLimits limits, Done done);
  ~HttpFetch() override;
  HttpFetch(const HttpFetch&) = delete;
  HttpFetch& operator=(const HttpFetch&) = delete;

  /// Once. `done` is called later, never from within.
  void start();

 private:
  void resolved(const std::vector<net::Address>& addresses, int status);
  void connect_next();
  void on_connected(net::TcpStream& stream, int status) override;
  void on_data(net::TcpStream& stream, Bytes bytes) override;
  void on_end(net::TcpStream& stream) override;
  void on_broken(net::TcpStream& stream, int status) override;
  void on_flushed(net::TcpStream& /*stream*/) override {}
  std::string request_text() const;
  void go_on();
  bool shake_hands();
  void read_secured();
  void flush();
  Result<void> judge() const;
  void finish(Result<HttpResponse> result);

  const net::Network network_;
  const HttpRequest request_;
  const std::chrono::milliseconds allowed_;
  const Done done_;
  net::TcpStream stream_;
  std::vector<net::Address> addresses_;    // not tried yet, the next one last
  std::unique_ptr<tls::Session> session_;  // null: plain
  bool is_secured_ = false;                // by a server that may be told
  Buffer plaintext_;
  HttpAnswer answer_;
  bool finished_ = false;
  Result<HttpResponse> result_;
  net::Timer timeout_;
  net::Timer report_;  // calls done_ when nothing of this is on the stack
};

}  // namespace mailtap::fetch
