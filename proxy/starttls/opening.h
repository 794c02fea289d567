// How a route's connections begin: with the client's TLS, or with the server's greeting.
#pragma once

#include <chrono>
#include <optional>

#include "proxy/starttls/dialect.h"

namespace mailtap::config {
struct Route;
}

namespace mailtap::starttls {

enum class Begins {
  with_hello,                ///< the client begins with TLS
  with_hello_unless_silent,  ///< or waits for the server's greeting: a silent client has the server asked
  with_either,               ///< on a port where mail servers greet: the server is connected to at once
  in_plaintext,              ///< for certain
};

/// How long a client that has TLS to begin with may take until it counts as silent.
inline constexpr std::chrono::milliseconds silence{1000};

struct Opening {
  Begins begins = Begins::with_hello;
  std::optional<Protocol> protocol{};  ///< spoken in plaintext, if the route or the server's port tells
  /// The server may take its time for a greeting: it isn't on a port where TLS comes first for certain.
  bool may_greet_late = false;
};

/// Of a connection whose server is at `port`.
Opening opening_of(const config::Route& route, std::uint16_t port);

}  // namespace mailtap::starttls
