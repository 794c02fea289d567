// The one place where a TLS session and the stream below it are moved on together: who has a session over a
// stream does it by this.
#pragma once

#include "proxy/net/stream.h"
#include "tls/session.h"

namespace mailtap::net {

/// Hands what the session has encrypted to the kernel. `send`: &Stream::send_last right before the stream is
/// closed. `sent` is called with it first.
template <class Sent>
void flush(tls::Session& session, Stream& stream, void (Stream::*send)(Bytes), Sent sent) {
  const auto bytes = session.outgoing();
  if (bytes.empty()) return;
  sent(bytes);
  (stream.*send)(bytes);
  session.consume_outgoing(bytes.size());
}
inline void flush(tls::Session& session, Stream& stream) {
  flush(session, stream, &Stream::send, [](Bytes) {});
}

enum class Handshake {
  under_way,  ///< bytes from the peer, or the cryptography's result, are waited for
  done,
  failed,  ///< the session's failure() says why
};

/// Who sends the last flight of a handshake that is done: it may leave with what is said next.
enum class LastFlight { sent, left_to_caller };

/// Goes on with the handshake as far as it goes. `flush` is called with what is to be sent then.
template <class Flush>
Handshake step_handshake(tls::Session& session, Flush flush, LastFlight last = LastFlight::sent) {
  using tls::Step;
  const auto step = session.handshake();
  if (step == Step::want_crypto)
    return Handshake::under_way;  // what is written so far leaves with the rest of its flight
  if (step != Step::done || last == LastFlight::sent) flush();
  switch (step) {
    case Step::done: return Handshake::done;
    case Step::want_read:
    case Step::want_write:
    case Step::want_crypto: return Handshake::under_way;
    case Step::closed:
    case Step::truncated:
    case Step::failed: break;
  }
  return Handshake::failed;
}

}  // namespace mailtap::net
