#include "proxy/http/client.h"

#include <utility>

#include "certs/advice/full_verdict.h"
#include "tls/sessions/sessions.h"

namespace mailtap::http {

namespace {

/// What is wrong with a certificate, in a few words.
std::string describe(const certs::Verdict& verdict) {
  std::string text;
  for (const auto& finding : verdict.findings)
    text += (text.empty() ? "" : ", ") + std::string(certs::to_string(finding.fault));
  if (verdict.name_mismatches()) text += (text.empty() ? "" : ", ") + std::string("name mismatch");
  return text;
}

}  // namespace

Client::Client(const net::Network& network, ClientRequest request, ClientLimits limits, Done done)
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

void Client::start() {
  timeout_.start(allowed_);
  dialling_ = dialer_.dial(request_.url.endpoint, allowed_, *this);
  dialling_->begin();
}

void Client::on_not_dialled(const net::DialFailure& why) {
  using Kind = net::DialFailure::Kind;
  if (why.kind == Kind::timed_out) return finish(fail("no answer in time"));
  if (why.kind == Kind::not_resolved)
    return finish(fail(request_.url.endpoint.host + " can't be resolved: " + why.detail));
  finish(fail("no connection to " + request_.url.endpoint.to_string() + ": " + why.detail));
}

void Client::on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& /*address*/) {
  if (finished_) return;
  if (!request_.url.is_tls) {
    stream_ = std::move(stream);
    stream_->set_events(*this);
    stream_->start_reading();
    return stream_->send(as_bytes(request_text()));
  }
  tls::ClientParameters parameters;
  parameters.sni = request_.url.endpoint.host;
  net::TlsStream::Delegate& delegate = *this;
  auto secured = std::make_unique<net::TlsStream>(std::move(stream),
                                                  tls::make_client_session(std::move(parameters)), delegate);
  secured_ = secured.get();
  stream_ = std::move(secured);
  stream_->set_events(*this);
  secured_->begin();
}

std::string Client::request_text() const {
  auto text = request_.method + " " + request_.url.path + " HTTP/1.1\r\nHost: " + request_.url.host +
              "\r\nUser-Agent: mailtap\r\nAccept: */*\r\nConnection: close\r\n" + request_.fields;
  if (request_.method != "GET") text += "Content-Length: " + std::to_string(request_.body.size()) + "\r\n";
  return text + "\r\n" + request_.body;
}

void Client::on_data(net::Stream& /*stream*/, Bytes bytes) {
  if (!answer_.feed(bytes)) finish(answer_.end());
}

void Client::on_end(net::Stream& /*stream*/) {
  finish(answer_.end());
}

void Client::on_broken(net::Stream& /*stream*/, std::string_view why) {
  // Only what says its own length may be cut off, and then answer_ had it all.
  if (secured_ != nullptr && secured_->is_cut_off()) return finish(fail("the answer was cut off"));
  const bool is_tls = secured_ != nullptr && !secured_->session().failure().detail.empty();
  finish(fail((is_tls ? "TLS broke: " : "the connection broke: ") + std::string(why)));
}

// --- TLS --------------------------------------------------------------------------------------------------

/// Nothing is sent to a server that isn't the one that was asked for.
void Client::on_secured(net::TlsStream& stream) {
  if (const auto verified = verify(stream.session().peer_chain()); !verified)
    return finish(tl::unexpected(verified.error()));
  stream.send(as_bytes(request_text()));
}

void Client::on_not_secured(net::TlsStream& stream) {
  finish(fail("no TLS: " + stream.session().failure().detail));
}

Result<void> Client::verify(const std::vector<Buffer>& chain) const {
  if (!request_.trust) return fail("its certificate can't be judged");
  certs::Question question;
  question.name = request_.url.endpoint.host;
  question.at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto verdict = certs::full_verdict(chain, *request_.trust, question);
  if (!verdict.acceptable())
    return fail("the certificate of " + request_.url.endpoint.to_string() +
                " isn't right: " + describe(verdict));
  return {};
}

void Client::finish(Result<Answer> result) {
  if (std::exchange(finished_, true)) return;
  result_ = std::move(result);
  timeout_.stop();
  if (stream_) stream_->close();
  report_.start({});
}

}  // namespace mailtap::http
