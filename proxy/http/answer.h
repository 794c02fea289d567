// The answer to one request, without I/O: bounded, and over with the first response.
#pragma once

#include <string>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "proxy/http/message.h"

namespace mailtap::fetch {

struct HttpResponse {
  unsigned status = 0;
  std::string body;
};

/// The body of a 200, or why there is none.
Result<std::string> body_of(Result<HttpResponse> response);

class HttpAnswer {
 public:
  /// `max_body`: bytes.
  explicit HttpAnswer(std::size_t max_body);

  /// Says whether more is wanted.
  bool feed(Bytes bytes);
  /// What it was, once nothing more is wanted or the stream has ended in order.
  Result<HttpResponse> end();

 private:
  const std::size_t max_body_;
  http::MessageReader reader_;
};

}  // namespace mailtap::fetch
