// The answer to one request, without I/O: bounded, and over with the first response.
#pragma once

#include <string>

#include <llhttp.h>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::fetch {

struct HttpResponse {
  unsigned status = 0;
  std::string body;
};

/// The body of a 200, or why there is none.
Result<std::string> body_of(Result<HttpResponse> response);

class HttpAnswer {
 public:
  /// `most`: bytes of the body.
  explicit HttpAnswer(std::size_t most);
  HttpAnswer(const HttpAnswer&) = delete;
  HttpAnswer& operator=(const HttpAnswer&) = delete;

  /// Says whether more is wanted.
  bool feed(Bytes bytes);
  /// What it was, once nothing more is wanted or the stream has ended in order.
  Result<HttpResponse> end();

 private:
  const std::size_t most_;
  llhttp_settings_t settings_{};
  llhttp_t http_{};
  std::string body_;
  bool complete_ = false;
};

}  // namespace mailtap::fetch
