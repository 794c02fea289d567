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
#include "proxy/net/tcp_dialer.h"
#include "proxy/net/timer.h"
#include "proxy/net/tls_stream.h"
#include "tls/session.h"

namespace mailtap::certs {
class TrustStore;
}  // namespace mailtap::certs

namespace mailtap::http {

struct ClientRequest {
  config::Url url;
  std::string method = "GET";
  std::string fields{};  ///< further header lines, each with its CRLF
  std::string body{};
  /// https: whom to believe. Nothing is sent to a server whose certificate isn't trusted, or isn't for the
  /// URL's host; null: to none.
  std::shared_ptr<const certs::TrustStore> trust{};
};

struct ClientLimits {
  std::chrono::milliseconds time{10'000};  ///< from resolving the name to the last byte
  std::size_t size = 0;                    ///< of the answer's body
};

class Client final : net::Stream::Events, net::Dialer::Delegate, net::TlsStream::Delegate {
 public:
  /// The answer, whatever its status, or why there is none. The fetch must not be destroyed in it.
  using Done = std::function<void(Result<Answer> response)>;

  Client(const net::Network& network, ClientRequest request, ClientLimits limits, Done done);
  ~Client() override = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Once. `done` is called later, never from within.
  void start();

 private:
  void on_dialing(const net::Address& /*address*/) override {}
  void on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& address) override;
  void on_not_dialled(const net::DialFailure& why) override;
  void on_data(net::Stream& stream, Bytes bytes) override;
  void on_end(net::Stream& stream) override;
  void on_broken(net::Stream& stream, std::string_view why) override;
  void on_flushed(net::Stream& /*stream*/) override {}
  std::string request_text() const;
  void on_secured(net::TlsStream& stream) override;
  void on_not_secured(net::TlsStream& stream) override;
  Result<void> verify(const std::vector<Buffer>& chain) const;
  void finish(Result<Answer> result);

  const ClientRequest request_;
  const std::chrono::milliseconds allowed_;
  const Done done_;
  net::TcpDialer dialer_;
  std::unique_ptr<net::Dialer::Attempt> dialling_;
  std::unique_ptr<net::Stream> stream_;  // null: not connected
  net::TlsStream* secured_ = nullptr;    // of stream_; null: plain
  AnswerReader answer_;
  bool finished_ = false;
  Result<Answer> result_;
  net::Timer timeout_;
  net::Timer report_;  // calls done_ when nothing of this is on the stack
};

}  // namespace mailtap::http
