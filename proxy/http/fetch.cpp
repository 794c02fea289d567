#include "proxy/http/fetch.h"

#include <utility>

#include "certs/advice/judge.h"

namespace mailtap::fetch {

using tls::Step;

namespace {

constexpr std::size_t largest_record = std::size_t{16} * 1024;

/// What is wrong with a certificate, in a few words.
std::string describe(const certs::Verdict& verdict) {
  std::string text;
  for (const auto& finding : verdict.findings)
    text += (text.empty() ? "" : ", ") + std::string(certs::to_string(finding.fault));
  if (verdict.name_mismatches()) text += (text.empty() ? "" : ", ") + std::string("name mismatch");
  return text;
}

}  // namespace

HttpFetch::HttpFetch(const net::Network& network, HttpRequest request, FetchLimits limits, Done done)
    : request_(std::move(request)),
      allowed_(limits.time),
      done_(std::move(done)),
      dialer_(network.loop, network.resolver, network.read_buffer),
      answer_(limits.size),
      timeout_(network.loop, [this] { finish(fail("no answer in time")); }),
      report_(network.loop, [this] {
        dialling_.reset();
        done_(std::move(result_));
      }) {}

void HttpFetch::start() {
  timeout_.start(allowed_);
  dialling_ = dialer_.dial(request_.url.endpoint, allowed_, *this);
  dialling_->begin();
}

void HttpFetch::on_not_dialled(const net::DialFailure& why) {
  using Kind = net::DialFailure::Kind;
  if (why.kind == Kind::timed_out) return finish(fail("no answer in time"));
  if (why.kind == Kind::not_resolved)
    return finish(fail(request_.url.endpoint.host + " can't be resolved: " + why.detail));
  finish(fail("no connection to " + request_.url.endpoint.to_string() + ": " + why.detail));
}

void HttpFetch::on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& /*address*/) {
  if (finished_) return;
  stream_ = std::move(stream);
  stream_->set_events(*this);
  if (request_.url.is_tls) {
    tls::ClientParameters parameters;
    parameters.sni = request_.url.endpoint.host;
    session_ = tls::make_client_session(std::move(parameters));
    plaintext_.resize(largest_record);
    go_on();
  } else {
    stream_->send(as_bytes(request_text()));
  }
  stream_->start_reading();
}

std::string HttpFetch::request_text() const {
  auto text = request_.method + " " + request_.url.path + " HTTP/1.1\r\nHost: " + request_.url.host +
              "\r\nUser-Agent: mailtap\r\nAccept: */*\r\nConnection: close\r\n" + request_.fields;
  if (request_.method != "GET") text += "Content-Length: " + std::to_string(request_.body.size()) + "\r\n";
  return text + "\r\n" + request_.body;
}

void HttpFetch::on_data(net::Stream& /*stream*/, Bytes bytes) {
  if (session_) {
    session_->feed(bytes);
    return go_on();
  }
  if (!answer_.feed(bytes)) finish(answer_.end());
}

void HttpFetch::on_end(net::Stream& /*stream*/) {
  if (!session_) return finish(answer_.end());
  session_->feed_end();
  go_on();
}

void HttpFetch::on_broken(net::Stream& /*stream*/, std::string_view why) {
  finish(fail("the connection broke: " + std::string(why)));
}

// --- TLS --------------------------------------------------------------------------------------------------

void HttpFetch::go_on() {
  if (finished_) return;
  if (!is_secured_ && !shake_hands()) return;
  read_secured();
}

/// True once the server is known for the one that was asked for, and has the request.
bool HttpFetch::shake_hands() {
  for (;;) {
    const auto step = session_->handshake();
    flush();
    if (step == Step::want_write) continue;
    if (step == Step::want_read) return false;
    if (step != Step::done) {
      finish(fail("no TLS: " + session_->failure().detail));
      return false;
    }
    break;
  }
  if (auto judged = judge(); !judged) {
    finish(tl::unexpected(judged.error()));
    return false;
  }
  is_secured_ = true;
  if (session_->write(as_bytes(request_text())) != Step::done) {
    finish(fail("no TLS: " + session_->failure().detail));
    return false;
  }
  flush();
  return true;
}

Result<void> HttpFetch::judge() const {
  if (!request_.trust) return fail("its certificate can't be judged");
  certs::Question question;
  question.name = request_.url.endpoint.host;
  question.at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto verdict = certs::judge(session_->peer_chain(), *request_.trust, question);
  if (!verdict.acceptable())
    return fail("the certificate of " + request_.url.endpoint.to_string() +
                " isn't right: " + describe(verdict));
  return {};
}

void HttpFetch::read_secured() {
  for (;;) {
    const auto [step, size] = session_->read(plaintext_);
    flush();
    switch (step) {
      case Step::done:
        if (!answer_.feed(Bytes(plaintext_).first(size))) return finish(answer_.end());
        break;
      case Step::want_write: break;
      case Step::want_read:
      case Step::want_crypto: return;
      case Step::closed: return finish(answer_.end());
      // Only what says its own length may be cut off, and then answer_ had it all.
      case Step::truncated: return finish(fail("the answer was cut off"));
      case Step::failed: return finish(fail("TLS broke: " + session_->failure().detail));
    }
  }
}

void HttpFetch::flush() {
  const auto bytes = session_->outgoing();
  const auto size = bytes.size();
  stream_->send(bytes);
  session_->consume_outgoing(size);
}

void HttpFetch::finish(Result<HttpResponse> result) {
  if (std::exchange(finished_, true)) return;
  result_ = std::move(result);
  timeout_.stop();
  if (stream_) stream_->close();
  report_.start({});
}

}  // namespace mailtap::fetch
