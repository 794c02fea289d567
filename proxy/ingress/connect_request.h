// Reads the request with which a client asks a proxy for a tunnel: CONNECT (RFC 9110 section 9.3.6), as .NET
// and every other HTTP client sends it that has a proxy set.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/base/bytes.h"
#include "config/endpoint.h"
#include "proxy/http/message.h"

namespace mailtap::proxy::ingress {

/// Bytes in, in any segmentation; no I/O.
class ConnectRequest {
 public:
  enum class State {
    need_more,
    complete,      ///< target() is there
    bad,           ///< no HTTP, or a request that isn't right: problem() says how
    too_large,     ///< longer than max_size
    wrong_method,  ///< HTTP, but not CONNECT
  };
  static constexpr std::size_t max_size = std::size_t{8} * 1024;

  ConnectRequest()
      : reader_(http::MessageReader::Kind::request, http::MessageReader::Until::head, {.head = max_size}) {}

  /// Once it isn't need_more, the answer stays.
  State feed(Bytes bytes);
  /// Of what was fed in all, what belongs to the request; the rest is the tunnel's.
  std::size_t size() const { return reader_.size(); }
  const config::Endpoint& target() const { return endpoint_; }
  const std::string& problem() const { return problem_; }

 private:
  State complete();
  State bad(std::string problem) {
    problem_ = std::move(problem);
    return State::bad;
  }

  http::MessageReader reader_;
  State state_ = State::need_more;
  config::Endpoint endpoint_;
  std::string problem_;
};

/// The answer that opens the tunnel.
inline constexpr std::string_view tunnel_open = "HTTP/1.1 200 Connection established\r\n\r\n";

/// One that refuses it: `text` is a sentence for a person, without a newline.
std::string refusal(unsigned status, std::string_view text);

}  // namespace mailtap::proxy::ingress
