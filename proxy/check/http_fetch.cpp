#include "proxy/check/http_fetch.h"

#include <utility>

namespace mailtap::check {

HttpFetch::HttpFetch(const Network& network, HttpUrl url, config::milliseconds timeout, Done done)
    : network_(network),
      url_(std::move(url)),
      allowed_(timeout),
      done_(std::move(done)),
      stream_(network.loop, *this, network.read_buffer),
      timeout_(network.loop, [this] { finish(fail("no answer in time")); }),
      report_(network.loop, [this] { done_(std::move(result_)); }) {
  llhttp_settings_init(&settings_);
  settings_.on_body = [](llhttp_t* http, const char* at, std::size_t size) {
    auto& body = static_cast<HttpFetch*>(http->data)->body_;
    if (size > most_fetched - body.size()) return static_cast<int>(HPE_USER);
    body.append(at, size);
    return 0;
  };
  settings_.on_message_complete = [](llhttp_t* http) {
    static_cast<HttpFetch*>(http->data)->complete_ = true;
    return static_cast<int>(HPE_PAUSED);  // what follows was never asked for
  };
  llhttp_init(&http_, HTTP_RESPONSE, &settings_);
  http_.data = this;
}

HttpFetch::~HttpFetch() {
  network_.resolver.forget(this);
}

void HttpFetch::start() {
  timeout_.start(allowed_);
  network_.resolver.resolve(
      url_.endpoint, this,
      [this](const std::vector<net::Address>& addresses, int status) { resolved(addresses, status); });
}

void HttpFetch::resolved(const std::vector<net::Address>& addresses, int status) {
  if (status != 0) return finish(fail(url_.endpoint.host + " can't be resolved: " + uv_strerror(status)));
  if (const int connecting = stream_.connect(addresses.front()); connecting != 0)
    on_connected(stream_, connecting);
}

void HttpFetch::on_connected(net::TcpStream& stream, int status) {
  if (status != 0)
    return finish(fail("no connection to " + url_.endpoint.to_string() + ": " + uv_strerror(status)));
  stream.send(as_bytes("GET " + url_.path + " HTTP/1.1\r\nHost: " + url_.host +
                       "\r\nUser-Agent: mailtap\r\nAccept: */*\r\nConnection: close\r\n\r\n"));
  stream.start_reading();
}

void HttpFetch::on_data(net::TcpStream& /*stream*/, Bytes bytes) {
  const auto text = as_text(bytes);
  const auto error = llhttp_execute(&http_, text.data(), text.size());
  if (complete_ || error != HPE_OK) on_end(stream_);
}

void HttpFetch::on_end(net::TcpStream& /*stream*/) {
  // Without a length the end of the stream is the end of the body (RFC 9112 section 6.3).
  if (!complete_ && llhttp_get_errno(&http_) == HPE_OK) llhttp_finish(&http_);
  const auto status = llhttp_get_status_code(&http_);
  if (llhttp_get_errno(&http_) == HPE_USER)
    return finish(fail("it is larger than " + std::to_string(most_fetched / 1024) + " KiB"));
  if (!complete_) return finish(fail("the answer is no whole HTTP response"));
  if (status != 200) return finish(fail("the server answered with status " + std::to_string(status)));
  finish(std::move(body_));
}

void HttpFetch::on_broken(net::TcpStream& /*stream*/, int status) {
  finish(fail(std::string("the connection broke: ") + uv_strerror(status)));
}

void HttpFetch::finish(Result<std::string> result) {
  if (std::exchange(finished_, true)) return;
  result_ = std::move(result);
  network_.resolver.forget(this);
  timeout_.stop();
  stream_.close();
  report_.start({});
}

}  // namespace mailtap::check
