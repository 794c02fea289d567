// A TLS session, of either engine, is fed what its peer could send, to the end of the peer's stream.
#pragma once

#include <array>
#include <cstdlib>

#include "tls/sessions/sessions.h"

namespace mailtap::fuzz {

/// Before the first session is made.
inline void initialise_tls() {
  static const auto initialised = tls::initialise();
  if (!initialised) std::abort();
}

/// Its handshake, and reading where it comes to that.
inline void feed_session(tls::Session& session, Bytes bytes) {
  session.feed(bytes);
  session.feed_end();
  std::array<std::uint8_t, 256> plaintext;
  auto step = session.handshake();
  while (step == tls::Step::done) step = session.read(plaintext).step;
  // The stream is over: there is nothing left to wait for.
  if (step == tls::Step::want_read || step == tls::Step::want_write) std::abort();
  if (step == tls::Step::failed && session.failure().detail.empty()) std::abort();
}

/// A client's, which speaks first.
inline int fuzz_client(tls::ClientParameters parameters, Bytes bytes) {
  parameters.sni = "mail.example";
  const auto session = tls::make_client_session(std::move(parameters));
  if (session->handshake() != tls::Step::want_read) std::abort();
  feed_session(*session, bytes);
  return 0;
}

inline int fuzz_server(tls::ServerParameters parameters, Bytes bytes) {
  feed_session(*tls::make_server_session(std::move(parameters)), bytes);
  return 0;
}

/// The old engine's versions.
template <class Parameters>
void make_legacy(Parameters& parameters) {
  parameters.min_version = tls::Version::ssl30;
  parameters.max_version = tls::newest_legacy;
}

}  // namespace mailtap::fuzz
