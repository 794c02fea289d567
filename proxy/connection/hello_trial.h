// What the server says to the client's own hello, played to it on a connection of mailtap's own (prober.h):
// what the two would have agreed on. Nobody's bytes wait for it; the line of a connection that is over does,
// for a moment.
#pragma once

#include <chrono>
#include <functional>

#include "proxy/connection/context.h"
#include "proxy/connection/upstream_hello.h"
#include "proxy/net/address.h"
#include "tls/client_hello.h"

namespace mailtap::proxy {

class HelloTrial {
 public:
  /// All outlive this. `done`: record.direct is there, or won't be; never called from within play().
  HelloTrial(Context& context, UpstreamHello& hello, std::function<void()> done)
      : context_(context), hello_(hello), done_(std::move(done)) {}
  ~HelloTrial() { forget(); }
  HelloTrial(const HelloTrial&) = delete;
  HelloTrial& operator=(const HelloTrial&) = delete;

  /// `stream` begins with the client's hello, which is whole.
  void keep(const tls::ClientHello& hello, Bytes stream);
  /// To the server of record.upstream.address, with which mailtap's own handshake is over, however it went.
  void play();
  bool is_under_way() const { return is_under_way_; }
  /// What comes is of no use any more.
  void forget();

  /// How long the line of a connection that is over waits.
  static constexpr std::chrono::milliseconds patience{2000};

 private:
  void answered(const ProbedPtr& probed);

  Context& context_;
  UpstreamHello& hello_;
  const std::function<void()> done_;
  Buffer stream_;  // empty: none is to be played, or it was
  std::string sni_;
  bool is_asking_ = false;
  bool is_under_way_ = false;
};

}  // namespace mailtap::proxy
