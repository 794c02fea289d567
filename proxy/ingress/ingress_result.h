// What is known of a connection when it has arrived: who it is of, and where it goes.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "config/endpoint.h"
#include "inspect/record.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/route/limits.h"
#include "tls/client_hello.h"

namespace mailtap::proxy {

struct IngressResult {
  net::TcpStream& downstream;             ///< to be taken over within the call
  net::TcpStream* upstream;               ///< the same, connected; null: it isn't
  Buffer early_bytes;                     ///< of the client, the first that are the connection's own
  std::optional<tls::ClientHello> hello;  ///< at the beginning of those, where it has been read already
  net::Address client;                    ///< the real one
  net::Address destination;               ///< what the client connected to
  config::Endpoint target;                ///< the upstream
  std::vector<Place> places;
  inspect::Connection record;  ///< as far as it is filled
  std::chrono::steady_clock::time_point accepted;
  std::chrono::steady_clock::time_point connect_began;
};

}  // namespace mailtap::proxy
