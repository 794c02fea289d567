// Reaches an upstream: its name to addresses, and one address after the other until one accepts, each with
// its share of the time.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/endpoint.h"
#include "inspect/record.h"
#include "proxy/connection/worker_services.h"
#include "proxy/net/tcp_stream.h"

namespace mailtap::proxy {

/// The stream's events go to whoever owns it, who tells here when connecting to an address has failed.
class UpstreamConnector {
 public:
  class Delegate {
   public:
    virtual ~Delegate() = default;
    /// An address is being connected to; when `within` has passed, deadline_passed() is to be called.
    virtual void connecting(const net::Address& address, std::chrono::milliseconds within) = 0;
    /// The same for the look-up of the name.
    virtual void resolving(std::chrono::milliseconds within) = 0;
    /// None of the addresses, or no address: it is over.
    virtual void not_connected(const inspect::Ending& why) = 0;
  };

  UpstreamConnector(WorkerServices& services, net::TcpStream& stream, Delegate& delegate)
      : services_(services), stream_(stream), delegate_(delegate) {}
  ~UpstreamConnector() { services_.resolver.forget(this); }
  UpstreamConnector(const UpstreamConnector&) = delete;
  UpstreamConnector& operator=(const UpstreamConnector&) = delete;

  /// Each connection begins with a PROXY header of that version, before anything else that is sent on it.
  void announce(config::ProxyVersion version, const net::Address& client, const net::Address& destination);
  /// The delegate may be told of the end from within the call.
  void begin(const config::Endpoint& upstream, std::chrono::milliseconds within);
  bool begun() const { return until_ != 0; }
  /// The stream is connected already: as if it had begun, and reached it.
  void skip() { until_ = uv_now(services_.loop); }
  /// As if it had not begun.
  void forget() { until_ = 0; }

  /// The stream's connect failed.
  void address_failed(int status);
  /// False: there is no other address to try.
  bool deadline_passed();

 private:
  void next_address();

  WorkerServices& services_;
  net::TcpStream& stream_;
  Delegate& delegate_;
  std::vector<net::Address> addresses_;  // left to try, the next one last
  std::uint64_t until_ = 0;              // loop time, ms; 0: not begun
  Buffer preface_;
  int status_ = 0;  // of the last one
};

}  // namespace mailtap::proxy
