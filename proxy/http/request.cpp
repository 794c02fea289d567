#include "proxy/http/request.h"

#include <algorithm>
#include <utility>

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
  settings_.on_header_value = [](llhttp_t* http, const char* at, std::size_t size) {
    of(http).value_.append(at, size);
    return 0;
  };
  settings_.on_header_value_complete = [](llhttp_t* http) {
    of(http).header_field_complete();
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

std::string* RequestParser::field_named(std::string_view name) {
  if (equal_ignoring_case(name, "host")) return &request_.host;
  if (equal_ignoring_case(name, "origin")) return &request_.origin;
  if (equal_ignoring_case(name, "authorization")) return &request_.authorization;
  if (equal_ignoring_case(name, "sec-fetch-site")) return &request_.fetch_site;
  return nullptr;
}

void RequestParser::header_field_complete() {
  if (auto* field = field_named(field_)) {
    while (value_.ends_with(' ') || value_.ends_with('\t')) value_.pop_back();  // RFC 9112 section 5.1
    const bool is_host = field == &request_.host;
    has_twice_ = has_twice_ || !field->empty() || (is_host && has_host_);
    has_host_ = has_host_ || is_host;
    *field = std::move(value_);
  }
  field_.clear();
  value_.clear();
}

RequestParser::State RequestParser::header_complete() {
  const auto method = llhttp_get_method(&http_);
  if (method != HTTP_GET && method != HTTP_HEAD) return State::wrong_method;
  if ((http_.flags & F_TRANSFER_ENCODING) != 0 || http_.content_length > 0) return State::has_body;
  // RFC 9112 section 3.2.
  if (has_twice_) return State::bad;
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
