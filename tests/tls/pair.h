// A client and a server session joined in memory.
#pragma once

#include <functional>

#include "tls/client_hello.h"
#include "tls/sessions/sessions.h"

namespace mailtap::tests {

/// How the bytes between the two arrive.
enum class Segments { whole, one_byte };

class Pair {
 public:
  Pair(tls::ClientParameters client, tls::ServerParameters server, Segments segments = Segments::whole);
  Pair(std::unique_ptr<tls::Session> client, std::unique_ptr<tls::Session> server,
       Segments segments = Segments::whole);

  /// Moves all that is outgoing, once in each direction; true if there was anything.
  bool carry();
  /// Drives both handshakes to their ends. What they came to is in client_step and server_step.
  void shake_hands();
  /// Both handshakes ended well.
  bool established() const;

  std::unique_ptr<tls::Session> client;
  std::unique_ptr<tls::Session> server;
  tls::Step client_step = tls::Step::want_read;
  tls::Step server_step = tls::Step::want_read;
  /// Sees, and may change, what the server sends before the client gets it.
  std::function<void(Buffer&)> on_the_way_to_client;
  std::function<void(Buffer&)> on_the_way_to_server;  ///< the other way round

 private:
  bool carry(tls::Session& from, tls::Session& to, bool to_client);
  Segments segments_;
};

/// What a client session begins with.
tls::ClientHello hello_of(tls::ClientParameters parameters);

/// Reads until the session has nothing more to give; the last step is in `step`.
std::string read_all(tls::Session& session, tls::Step& step);
std::string read_all(tls::Session& session);

}  // namespace mailtap::tests
