// The answer to one request, without I/O: bounded, and over with the first response.
#pragma once

#include <string>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "proxy/http/message.h"

namespace mailtap::http {

struct Answer {
  unsigned status = 0;
  std::string body;
};

/// The body of a 200, or why there is none.
Result<std::string> body_of(Result<Answer> response);

class AnswerReader {
 public:
  /// `max_body`: bytes.
  explicit AnswerReader(std::size_t max_body);

  /// Says whether more is wanted.
  bool feed(Bytes bytes);
  /// What it was, once nothing more is wanted or the stream has ended in order.
  Result<Answer> end();

 private:
  const std::size_t max_body_;
  MessageReader reader_;
};

}  // namespace mailtap::http
