// How a connection came to mailtap.
#pragma once

#include <string>
#include <string_view>

namespace mailtap::inspect {

/// How it came, and how its upstream was found (docs/inserting.md).
struct Arrival {
  enum class Way { direct, sni, connect, redirect, tproxy };
  Way way = Way::direct;
  std::string proxy;  ///< ADDRESS:PORT of who told the client's address by a PROXY header; empty: nobody
};

std::string_view to_string(Arrival::Way way);

}  // namespace mailtap::inspect
