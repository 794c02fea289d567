#include "bench/tool/batched_endpoint.h"

#include <cerrno>
#include <cstring>

namespace mailtap::bench {

using tls::Step;

void BatchedEndpoint::begin(std::unique_ptr<tls::Session> session) {
  session_ = std::move(session);
  loop_.watch(socket_.get(), *this, EPOLLIN);
  drive();
}

void BatchedEndpoint::ready(std::uint32_t events) {
  if (ended_) return;
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
    const auto buffer = loop_.ciphertext();
    const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN) return lost(std::strerror(errno));
    if (size == 0) return lost(closing_ ? "" : "the peer ended the connection early");
    if (size > 0 && !closing_) {
      session_->lend(Bytes(buffer).first(static_cast<std::size_t>(size)));
      drive();
      session_->end_loan();
    }
  }
  if (!ended_ && (events & EPOLLOUT) != 0) flush();
}

void BatchedEndpoint::go_on() {
  if (!ended_) drive();
}

/// The handshake, then all that can be read; what came of it is sent at the end, in one call.
void BatchedEndpoint::drive() {
  if (!established_ && !shake()) return;
  while (!ended_ && !closing_) {
    const auto buffer = loop_.plaintext();
    const auto [step, size] = session_->read(buffer);
    if (step == Step::done) {
      on_plaintext({reinterpret_cast<const char*>(buffer.data()), size});
    } else if (step == Step::closed) {
      on_close_notify();
      break;
    } else if (step == Step::failed || step == Step::truncated) {
      return lost(session_->failure().detail);
    } else {
      break;
    }
  }
  if (!ended_) flush();
}

/// False: not done yet, or failed.
bool BatchedEndpoint::shake() {
  switch (session_->handshake()) {
    case Step::done: break;
    case Step::want_crypto: return false;  // what is written so far leaves with the rest of its flight
    case Step::want_read:
    case Step::want_write: flush(); return false;
    case Step::closed:
    case Step::truncated:
    case Step::failed:
      flush();
      if (!ended_) lost(session_->failure().detail);
      return false;
  }
  established_ = true;
  on_established();
  return !ended_;
}

void BatchedEndpoint::write(std::string_view plaintext) {
  session_->write({reinterpret_cast<const std::uint8_t*>(plaintext.data()), plaintext.size()});
}

void BatchedEndpoint::close_notify() {
  session_->close_notify();
  closing_ = true;
}

void BatchedEndpoint::flush() {
  const bool was_blocked = std::exchange(blocked_, false);
  do {
    for (auto bytes = session_->outgoing(); !bytes.empty(); bytes = session_->outgoing()) {
      const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EAGAIN) {
        blocked_ = true;
        if (!was_blocked) loop_.watch_for(socket_.get(), *this, EPOLLIN | EPOLLOUT);
        return;
      }
      if (sent < 0) return lost(std::strerror(errno));
      session_->consume_outgoing(static_cast<std::size_t>(sent));
    }
  } while (established_ && !closing_ && on_sent());
  if (was_blocked) loop_.watch_for(socket_.get(), *this, EPOLLIN);
}

void BatchedEndpoint::lost(const std::string& why) {
  ended_ = true;
  on_end(why);
}

}  // namespace mailtap::bench
