// The listener of `crl-listen`: the small HTTP server from which clients of the local CA fetch its CRL. The
// admin endpoint answers the same where it is asked.
//
//   start, reload: prepare() -> routes are made, and may fail -> sign() -> apply()
//
// Lives on the main thread's loop; answer() may be called from any.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/settings.h"
#include "proxy/http/server.h"
#include "proxy/net/listen_socket.h"
#include "proxy/runtime/ca_publication.h"

namespace mailtap::proxy {

class CrlListener {
 public:
  /// A new configuration's part that is ready to take over.
  struct Prepared {
    config::Endpoint wanted;  ///< as configured
    config::Endpoint address;
    std::vector<net::ListenSocket> socket;     ///< none if there is no such listener, or it listens already
    std::vector<net::ListenSocket> listening;  ///< a copy of it
    std::string published_at;                  ///< the URL of that listener; empty: there is none
    std::vector<PublishedCa> authorities;      ///< by sign()
  };
  /// Binds an address, or finds the socket that was inherited for it.
  using Bind = std::function<Result<net::ListenGroup>(const config::Endpoint& endpoint)>;

  /// `loop` is there before the first apply(), and both outlive this.
  CrlListener(uv_loop_t* loop, const inspect::Messages& messages) : loop_(loop), messages_(messages) {}

  /// The addresses of CRLs go into what the routes issue, so they have to be known first.
  Result<Prepared> prepare(const config::Settings& settings, const Bind& bind) const;
  /// The first CRL of each of the routes' CAs, if they are published.
  static Result<void> sign(Prepared& prepared, const std::vector<LocalCaPtr>& authorities);
  void apply(Prepared prepared);
  http::Response answer(const http::Request& request);

  /// What a successor is given: none or one.
  const std::vector<net::ListenSocket>& socket() const { return socket_; }
  void forget_socket() { socket_.clear(); }
  /// Nothing is answered any more, and nothing keeps the loop going.
  void stop();

 private:
  uv_loop_t* loop_;
  const inspect::Messages& messages_;
  config::Endpoint wanted_;   // as configured
  config::Endpoint address_;  // where server_ listens
  std::vector<net::ListenSocket> socket_;
  std::mutex mutex_;  // guards which publication_ there is
  std::unique_ptr<CaPublication> publication_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace mailtap::proxy
