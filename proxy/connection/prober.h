// What the handshake of a connection that is passed through hides: the server's certificate, from a
// connection of mailtap's own. Never in the way: nobody's bytes wait for one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/model/pointers.h"
#include "config/base/bytes.h"
#include "config/enums.h"
#include "config/ingress.h"
#include "proxy/net/address.h"

namespace mailtap::proxy {

/// What was found out of a server.
struct Probed {
  std::vector<Buffer> chain;    ///< DER, leaf first; empty: none was got
  std::string problem;          ///< why none was got
  certs::StapledPtr stapled{};  ///< what came with the leaf
};
using ProbedPtr = std::shared_ptr<const Probed>;

class Prober {
 public:
  struct Question {
    net::Address address;                      ///< of the very server that the connection goes to
    std::optional<config::Protocol> starttls;  ///< spoken before TLS
    std::string sni;                           ///< as the client sent it; empty: none
    std::uint16_t version = 0;                 ///< 0: TLS 1.2 and 1.3; else the only one offered
    config::ProxyVersion proxy_protocol = config::ProxyVersion::none;  ///< as the route sends it
  };
  using Answer = std::function<void(const ProbedPtr& probed)>;

  virtual ~Prober() = default;
  /// Answers from within the call when it knows, or can't find out. `owner` can take the question back.
  virtual void ask(const Question& question, const void* owner, Answer answer) = 0;
  virtual void forget(const void* owner) = 0;
};

}  // namespace mailtap::proxy
