// One request of those that mailtap answers itself (RFC 9112): GET and HEAD, where it is wanted POST, without
// a body.
#pragma once

#include <cstddef>
#include <string>

#include "config/base/bytes.h"
#include "proxy/http/message.h"

namespace mailtap::http {

struct Request {
  std::string path;   ///< as sent, without the query; begins with a slash
  std::string query;  ///< what follows the question mark
  bool is_head = false;
  bool is_post = false;
  // Header fields, as sent; empty: absent. None of them may be there twice.
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
    wrong_method,  ///< neither GET nor HEAD, nor a POST where it is taken
    has_body,      ///< a request that is longer than its header
  };

  explicit RequestParser(std::size_t limit, bool takes_posts = false)
      : takes_posts_(takes_posts),
        reader_(MessageReader::Kind::request, MessageReader::Until::head, {.head = limit}) {}

  /// Once it isn't need_more, the answer stays.
  State feed(Bytes bytes);
  const Request& request() const { return request_; }

 private:
  State complete();

  const bool takes_posts_;
  MessageReader reader_;
  State state_ = State::need_more;
  Request request_;
};

}  // namespace mailtap::http
