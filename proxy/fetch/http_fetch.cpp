#include "proxy/fetch/http_fetch.h"

#include <utility>

namespace mailtap::fetch {

HttpFetch::HttpFetch(const net::Network& network, HttpUrl url, FetchLimits limits, Done done)
    : network_(network),
      url_(std::move(url)),
      allowed_(limits.time),
      done_(std::move(done)),
      stream_(network.loop, *this, network.read_buffer),
      answer_(limits.size),
      timeout_(network.loop, [this] { finish(fail("no answer in time")); }),
      report_(network.loop, [this] { done_(std::move(result_)); }) {}

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
  if (!answer_.feed(bytes)) finish(answer_.end());
}

void HttpFetch::on_end(net::TcpStream& /*stream*/) {
  finish(answer_.end());
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

}  // namespace mailtap::fetch
