#include "proxy/ingress/connect_request.h"

#include <algorithm>

#include "config/base/text.h"
#include "config/values.h"
#include "tls/plain_text.h"

namespace mailtap::proxy::ingress {

namespace {

std::string_view phrase_of(unsigned status) {
  switch (status) {
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 431: return "Request Header Fields Too Large";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 508: return "Loop Detected";
    default: return "Refused";
  }
}

constexpr std::uint8_t tls_handshake = 22;  // RFC 8446 section 5.1

}  // namespace

ConnectRequest::ConnectRequest() {
  llhttp_settings_init(&settings_);
  settings_.on_url = [](llhttp_t* http, const char* at, std::size_t size) {
    of(http).target_.append(at, size);
    return 0;
  };
  settings_.on_header_field = [](llhttp_t* http, const char* at, std::size_t size) {
    of(http).field_.append(at, size);
    return 0;
  };
  settings_.on_header_field_complete = [](llhttp_t* http) {
    auto& self = of(http);
    self.has_host_ = self.has_host_ || equal_ignoring_case(self.field_, "host");
    self.field_.clear();
    return 0;
  };
  settings_.on_headers_complete = [](llhttp_t* http) {
    of(http).header_read_ = true;
    // llhttp pauses after a CONNECT's header by itself; of another request nothing more is read.
    return llhttp_get_method(http) == HTTP_CONNECT ? 0 : static_cast<int>(HPE_PAUSED);
  };
  llhttp_init(&http_, HTTP_REQUEST, &settings_);
  http_.data = this;
}

ConnectRequest::State ConnectRequest::feed(Bytes bytes) {
  if (state_ != State::need_more || bytes.empty()) return state_;
  if (seen_ == 0 && bytes.front() == tls_handshake)
    return state_ =
               bad("the client began with TLS; set mailtap as its HTTP proxy, or leave connect-proxy out");
  const auto text = as_text(bytes.first(std::min(bytes.size(), max_size - seen_)));
  const auto error = llhttp_execute(&http_, text.data(), text.size());
  if (header_read_) {
    const char* end = error == HPE_OK ? nullptr : llhttp_get_error_pos(&http_);
    seen_ += end == nullptr ? text.size() : static_cast<std::size_t>(end - text.data());
    return state_ = header_complete();
  }
  seen_ += text.size();
  if (error != HPE_OK)
    state_ = bad("this is no HTTP request");
  else if (seen_ == max_size)
    state_ = State::too_large;
  return state_;
}

ConnectRequest::State ConnectRequest::header_complete() {
  if (llhttp_get_method(&http_) != HTTP_CONNECT) return State::wrong_method;
  if ((http_.flags & F_TRANSFER_ENCODING) != 0 || http_.content_length > 0)
    return bad("a CONNECT request has no body");
  // RFC 9112 section 3.2.
  if (llhttp_get_http_major(&http_) != 1 || (llhttp_get_http_minor(&http_) > 0 && !has_host_))
    return bad("the request lacks the Host field of HTTP/1.1");
  auto endpoint = config::parse_address(target_);
  if (!endpoint) return bad("CONNECT needs a host and a port, such as mail.contoso.com:443");
  endpoint_ = std::move(*endpoint);
  return State::complete;
}

std::string refusal(unsigned status, std::string_view text) {
  const auto body = "mailtap: " + std::string(text) + "\n";
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(phrase_of(status)) +
         "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
         (status == 405 ? "\r\nAllow: CONNECT" : "") +
         "\r\nConnection: close\r\nCache-Control: no-store\r\n\r\n" + body;
}

}  // namespace mailtap::proxy::ingress
