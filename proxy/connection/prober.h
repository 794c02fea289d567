// What only a connection of mailtap's own tells: of one that is passed through the server's certificate,
// where the handshake hides it; of one that is intercepted what the server says to the client's own hello.
// Never in the way: nobody's bytes wait for one.
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
#include "tls/offer/answer.h"
#include "tls/offer/offer.h"

namespace mailtap::proxy {

/// What was found out of a server.
struct Probed {
  std::vector<Buffer> chain;    ///< DER, leaf first; empty: none was got
  std::string problem;          ///< why none was got
  certs::StapledPtr stapled{};  ///< what came with the leaf
  /// To a hello that was to be played; null: it couldn't be.
  std::shared_ptr<const tls::offer::Offer> offer{};
  tls::offer::Answer answer{};
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
    /// Instead of asking for the certificate: tls::offer::key_of() the hello to be played; empty: none is.
    std::string offer_key;
    Buffer hello;  ///< the stream that begins with it, as the client sent it
  };
  using Answer = std::function<void(const ProbedPtr& probed)>;

  virtual ~Prober() = default;
  /// Answers from within the call when it knows, or can't find out. `owner` can take the question back.
  virtual void ask(const Question& question, const void* owner, Answer answer) = 0;
  virtual void forget(const void* owner) = 0;
};

}  // namespace mailtap::proxy
