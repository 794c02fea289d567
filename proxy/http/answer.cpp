#include "proxy/http/answer.h"

#include <utility>

namespace mailtap::fetch {

HttpAnswer::HttpAnswer(std::size_t most) : most_(most) {
  llhttp_settings_init(&settings_);
  settings_.on_body = [](llhttp_t* http, const char* at, std::size_t size) {
    auto& self = *static_cast<HttpAnswer*>(http->data);
    if (size > self.most_ - self.body_.size()) return static_cast<int>(HPE_USER);
    self.body_.append(at, size);
    return 0;
  };
  settings_.on_message_complete = [](llhttp_t* http) {
    if (http->status_code / 100 == 1) return 0;  // an interim response (RFC 9110 section 15.2)
    static_cast<HttpAnswer*>(http->data)->complete_ = true;
    return static_cast<int>(HPE_PAUSED);  // what follows was never asked for
  };
  llhttp_init(&http_, HTTP_RESPONSE, &settings_);
  http_.data = this;
}

bool HttpAnswer::feed(Bytes bytes) {
  if (complete_ || llhttp_get_errno(&http_) != HPE_OK) return false;
  const auto text = as_text(bytes);
  return llhttp_execute(&http_, text.data(), text.size()) == HPE_OK && !complete_;
}

Result<HttpResponse> HttpAnswer::end() {
  // Without a length the end of the stream is the end of the body (RFC 9112 section 6.3).
  if (!complete_ && llhttp_get_errno(&http_) == HPE_OK) llhttp_finish(&http_);
  if (llhttp_get_errno(&http_) == HPE_USER)
    return fail("it is larger than " + std::to_string(most_ / 1024) + " KiB");
  if (!complete_) return fail("the answer is no whole HTTP response");
  return HttpResponse{static_cast<unsigned>(llhttp_get_status_code(&http_)), std::move(body_)};
}

Result<std::string> body_of(Result<HttpResponse> response) {
  if (!response) return tl::unexpected(response.error());
  if (response->status != 200)
    return fail("the server answered with status " + std::to_string(response->status));
  return std::move(response->body);
}

}  // namespace mailtap::fetch
