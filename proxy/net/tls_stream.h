// A stream of plaintext over a stream and a TLS session.
//
//   begin() -> handshake -> on_secured() -> on_data() ... on_end()
#pragma once

#include <memory>

#include "proxy/net/stream.h"
#include "tls/session.h"

namespace mailtap::net {

/// Its events: on_data() has plaintext; on_end() is the peer's close_notify; on_broken() a record that can't
/// be decrypted, a stream that ended without close_notify (is_cut_off()), or a broken one.
class TlsStream final : public Stream, Stream::Events {
 public:
  class Delegate {
   public:
    virtual ~Delegate() = default;
    // Once one of these. The stream may be destroyed in it.
    /// The peer has shaken hands; nobody has judged its certificate.
    virtual void on_secured(TlsStream& stream) = 0;
    /// The handshake failed; session().failure() says why.
    virtual void on_not_secured(TlsStream& stream) = 0;
  };

  /// `delegate` outlives it.
  TlsStream(std::unique_ptr<Stream> inner, std::unique_ptr<tls::Session> session, Delegate& delegate);
  ~TlsStream() override;

  /// Once, with the events set.
  void begin();
  tls::Session& session() { return *session_; }
  bool is_cut_off() const { return is_cut_off_; }

  void start_reading() override { inner_->start_reading(); }
  void stop_reading() override { inner_->stop_reading(); }
  void send(Bytes plaintext) override;
  std::size_t queued() const override { return inner_->queued() + session_->held_back(); }
  /// close_notify and FIN.
  void send_end() override;
  void close() override;
  void reset() override;
  Address peer() const override { return inner_->peer(); }
  Address local() const override { return inner_->local(); }

 private:
  void advance();
  bool shake_hands();
  void read_all();

  // Stream::Events, of the inner one
  void on_data(Stream& stream, Bytes bytes) override;
  void on_end(Stream& stream) override;
  void on_broken(Stream& stream, std::string_view why) override;
  void on_flushed(Stream& stream) override;

  std::unique_ptr<Stream> inner_;
  std::unique_ptr<tls::Session> session_;
  Delegate& delegate_;
  Buffer plaintext_;
  bool is_secured_ = false;
  bool is_over_ = false;  // nobody is told of anything any more
  bool is_cut_off_ = false;
  const std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);  // for calls on the stack
};

}  // namespace mailtap::net
