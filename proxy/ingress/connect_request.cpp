#include "proxy/ingress/connect_request.h"

#include <algorithm>

#include "config/base/text.h"
#include "config/values.h"
#include "tls/numbers.h"
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

}  // namespace

ConnectRequest::State ConnectRequest::feed(Bytes bytes) {
  if (state_ != State::need_more || bytes.empty()) return state_;
  if (reader_.size() == 0 && bytes.front() == tls::content_type::handshake)
    return state_ =
               bad("the client began with TLS; set mailtap as its HTTP proxy, or leave connect-proxy out");
  switch (reader_.feed(bytes)) {
    case http::MessageReader::State::need_more: return state_;
    case http::MessageReader::State::complete: return state_ = complete();
    case http::MessageReader::State::head_too_large: return state_ = State::too_large;
    case http::MessageReader::State::malformed:
    case http::MessageReader::State::body_too_large: break;
  }
  return state_ = bad("this is no HTTP request");
}

ConnectRequest::State ConnectRequest::complete() {
  const auto& head = reader_.head();
  if (head.method != "CONNECT") return State::wrong_method;
  if (head.announces_body) return bad("a CONNECT request has no body");
  // RFC 9112 section 3.2.
  if (head.version_major != 1 || (head.version_minor > 0 && head.find("host") == nullptr))
    return bad("the request lacks the Host field of HTTP/1.1");
  auto endpoint = config::parse_address(head.target);
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
