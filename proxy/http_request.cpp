#include "proxy/http_request.h"

#include <algorithm>

#include "config/base/text.h"

namespace mailtap::http {

RequestParser::RequestParser(std::size_t limit) : limit_(limit) {
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
    return static_cast<int>(HPE_PAUSED);  // the header is all that we read
  };
  llhttp_init(&http_, HTTP_REQUEST, &settings_);
  http_.data = this;
}

RequestParser::State RequestParser::feed(Bytes bytes) {
  if (state_ != State::need_more) return state_;
  const auto text = as_text(bytes.first(std::min(bytes.size(), limit_ - seen_)));
  seen_ += text.size();
  const auto error = llhttp_execute(&http_, text.data(), text.size());
  if (header_read_)
    state_ = header_complete();
  else if (error != HPE_OK)
    state_ = State::bad;
  else if (seen_ == limit_)
    state_ = State::too_large;
  return state_;
}

RequestParser::State RequestParser::header_complete() {
  const auto method = llhttp_get_method(&http_);
  if (method != HTTP_GET && method != HTTP_HEAD) return State::wrong_method;
  if ((http_.flags & F_TRANSFER_ENCODING) != 0 || http_.content_length > 0) return State::has_body;
  // RFC 9112 section 3.2.
  if (llhttp_get_http_major(&http_) != 1 || (llhttp_get_http_minor(&http_) > 0 && !has_host_))
    return State::bad;

  // The absolute form, which a client sends that takes us for its proxy, has the path after the authority.
  std::string_view target = target_;
  if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != std::string_view::npos) {
    target.remove_prefix(scheme + 3);
    target.remove_prefix(std::min(target.find('/'), target.size()));
  }
  if (!target.starts_with('/')) return State::bad;
  const auto question = std::min(target.find('?'), target.size());
  request_.path = target.substr(0, question);
  request_.query = target.substr(std::min(question + 1, target.size()));
  request_.is_head = method == HTTP_HEAD;
  return State::complete;
}

}  // namespace mailtap::http
