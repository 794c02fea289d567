#include "proxy/http/answer.h"

#include <utility>

namespace mailtap::http {

namespace {

constexpr std::size_t max_head = std::size_t{64} * 1024;

}  // namespace

AnswerReader::AnswerReader(std::size_t max_body)
    : max_body_(max_body),
      reader_(MessageReader::Kind::response, MessageReader::Until::end,
              {.head = max_head, .body = max_body}) {}

bool AnswerReader::feed(Bytes bytes) {
  return reader_.feed(bytes) == MessageReader::State::need_more;
}

Result<Answer> AnswerReader::end() {
  switch (reader_.end()) {
    case MessageReader::State::complete: return Answer{reader_.head().status, std::move(reader_.body())};
    case MessageReader::State::body_too_large:
      return fail("it is larger than " + std::to_string(max_body_ / 1024) + " KiB");
    default: return fail("the answer is no whole HTTP response");
  }
}

Result<std::string> body_of(Result<Answer> response) {
  if (!response) return tl::unexpected(response.error());
  if (response->status != 200)
    return fail("the server answered with status " + std::to_string(response->status));
  return std::move(response->body);
}

}  // namespace mailtap::http
