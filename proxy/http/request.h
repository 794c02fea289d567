// Reads one HTTP/1 request of those that mailtap answers itself (RFC 9112): GET and HEAD, no body.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <llhttp.h>

#include "config/base/bytes.h"

namespace mailtap::http {

struct Request {
  std::string path;   ///< as sent, without the query; begins with a slash
  std::string query;  ///< what follows the question mark
  bool is_head = false;
  // Header fields, as sent; empty: not there. None of them may be there twice.
  std::string host{};
  std::string origin{};
  std::string authorization{};
  std::string fetch_site{};  ///< Sec-Fetch-Site
};

/// Bytes in, in any segmentation; no I/O.
class RequestParser {
 public:
  enum class State {
    need_more,
    complete,      ///< request() is there; what follows it was never looked at
    bad,           ///< no HTTP, no Host, or a target that is none of ours
    too_large,     ///< longer than the limit
    wrong_method,  ///< neither GET nor HEAD
    has_body,      ///< a request that is longer than its header
  };

  explicit RequestParser(std::size_t limit);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Once it isn't need_more, the answer stays.
  State feed(Bytes bytes);
  const Request& request() const { return request_; }

 private:
  static RequestParser& of(llhttp_t* http) { return *static_cast<RequestParser*>(http->data); }
  void header_field_complete();
  State header_complete();

  const std::size_t limit_;
  std::size_t seen_ = 0;
  llhttp_settings_t settings_;
  llhttp_t http_;
  std::string target_;
  std::string* field_named(std::string_view name);

  std::string field_;  ///< name of the header field that is being read
  std::string value_;
  bool has_host_ = false;
  bool has_twice_ = false;
  bool header_read_ = false;
  State state_ = State::need_more;
  Request request_;
};

}  // namespace mailtap::http
