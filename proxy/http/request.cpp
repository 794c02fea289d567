#include "proxy/http/request.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace mailtap::http {

RequestParser::State RequestParser::feed(Bytes bytes) {
  if (state_ != State::need_more) return state_;
  switch (reader_.feed(bytes)) {
    case MessageReader::State::need_more: return state_;
    case MessageReader::State::complete: return state_ = complete();
    case MessageReader::State::head_too_large: return state_ = State::too_large;
    case MessageReader::State::malformed:
    case MessageReader::State::body_too_large: break;
  }
  return state_ = State::bad;
}

RequestParser::State RequestParser::complete() {
  const auto& head = reader_.head();
  const bool is_post = takes_posts_ && head.method == "POST";
  if (head.method != "GET" && head.method != "HEAD" && !is_post) return State::wrong_method;
  if (head.announces_body) return State::has_body;
  // RFC 9112 section 3.2.
  const auto* host = head.find("host");
  if (head.version_major != 1 || (head.version_minor > 0 && host == nullptr)) return State::bad;
  for (const auto& [name, value] : {std::pair("host", &request_.host), std::pair("origin", &request_.origin),
                                    std::pair("authorization", &request_.authorization),
                                    std::pair("sec-fetch-site", &request_.fetch_site)}) {
    if (head.count(name) > 1) return State::bad;
    if (const auto* field = head.find(name)) *value = *field;
  }

  // The absolute form, which a client sends that takes us for its proxy, has the path after the authority.
  std::string_view target = head.target;
  if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != std::string_view::npos) {
    target.remove_prefix(scheme + 3);
    target.remove_prefix(std::min(target.find('/'), target.size()));
  }
  if (!target.starts_with('/')) return State::bad;
  const auto question = std::min(target.find('?'), target.size());
  request_.path = target.substr(0, question);
  request_.query = target.substr(std::min(question + 1, target.size()));
  request_.is_head = head.method == "HEAD";
  request_.is_post = is_post;
  return State::complete;
}

}  // namespace mailtap::http
