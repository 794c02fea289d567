#include "proxy/net/tls_stream.h"

#include <utility>

#include "proxy/net/tls_pump.h"

namespace mailtap::net {

using tls::Step;

namespace {

constexpr std::size_t max_record = std::size_t{16} * 1024;

}  // namespace

TlsStream::TlsStream(std::unique_ptr<Stream> inner, std::unique_ptr<tls::Session> session, Delegate& delegate)
    : inner_(std::move(inner)), session_(std::move(session)), delegate_(delegate) {
  inner_->set_events(*this);
}

TlsStream::~TlsStream() {
  *is_alive_ = false;
}

void TlsStream::begin() {
  inner_->start_reading();
  advance();
}

void TlsStream::advance() {
  if (is_over_) return;
  const auto is_alive = is_alive_;
  if ((is_secured_ || shake_hands()) && *is_alive) read_all();
}

/// True once both have shaken hands; the stream may be gone.
bool TlsStream::shake_hands() {
  switch (step_handshake(*session_, [this] { flush(*session_, *inner_); })) {
    case Handshake::under_way: return false;
    case Handshake::done:
      is_secured_ = true;
      delegate_.on_secured(*this);
      return true;
    case Handshake::failed:
      is_over_ = true;
      delegate_.on_not_secured(*this);
      return false;
  }
  return false;
}

void TlsStream::read_all() {
  const auto is_alive = is_alive_;
  plaintext_.resize(max_record);
  while (*is_alive && !is_over_) {
    const auto [step, size] = session_->read(plaintext_);
    flush(*session_, *inner_);
    switch (step) {
      case Step::done: events_->on_data(*this, Bytes(plaintext_).first(size)); break;
      case Step::want_read:
      case Step::want_write:
      case Step::want_crypto: return;
      case Step::closed: is_over_ = true; return events_->on_end(*this);
      case Step::truncated:
        is_over_ = is_cut_off_ = true;
        return events_->on_broken(*this, "the stream was cut off");
      case Step::failed: is_over_ = true; return events_->on_broken(*this, session_->failure().detail);
    }
  }
}

void TlsStream::send(Bytes plaintext) {
  session_->write(plaintext);
  flush(*session_, *inner_);
}

void TlsStream::send_end() {
  session_->close_notify();
  flush(*session_, *inner_);
  inner_->send_end();
}

void TlsStream::close() {
  is_over_ = true;
  inner_->close();
}

void TlsStream::reset() {
  is_over_ = true;
  inner_->reset();
}

void TlsStream::on_data(Stream& /*stream*/, Bytes bytes) {
  session_->feed(bytes);
  advance();
}

void TlsStream::on_end(Stream& /*stream*/) {
  session_->feed_end();
  advance();
}

void TlsStream::on_broken(Stream& /*stream*/, std::string_view why) {
  if (!std::exchange(is_over_, true)) events_->on_broken(*this, why);
}

void TlsStream::on_flushed(Stream& /*stream*/) {
  if (!is_over_) events_->on_flushed(*this);
}

}  // namespace mailtap::net
