// How a connection arrives where there is more to it than one client and one upstream (docs/inserting.md):
//
//   accept -> original destination -> PROXY header -> CONNECT, connect upstream -> peek client hello for its
//   name
//
// Each of these only where the route has it; a route with none of them begins with a Connection or an
// Passthrough at once. In the end the owner is told what has arrived, for one of those to go on with; or the
// connection has ended here, and has its line in the log.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inspect/record.h"
#include "proxy/connection/connection_handler.h"
#include "proxy/connection/upstream_connector.h"
#include "proxy/connection/worker_services.h"
#include "proxy/ingress/connect_request.h"
#include "proxy/ingress/ingress_result.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/net/timer.h"
#include "proxy/route/running_route.h"

namespace mailtap::proxy::ingress {

class Ingress final : public ConnectionHandler,
                      private net::TcpStream::Events,
                      private UpstreamConnector::Delegate {
 public:
  class Owner : public ConnectionHandler::Owner {
   public:
    /// It is here; what goes on takes the streams from `result` within the call. The ingress must be
    /// destroyed after the callback has unwound.
    virtual void on_ingress(ConnectionHandler& ingress, const RunningRoutePtr& route,
                            IngressResult result) = 0;
  };

  Ingress(WorkerServices& services, RunningRoutePtr route, std::uint64_t id, Owner& owner);

  /// The route's connections arrive by way of this.
  static bool is_needed(const RunningRoute& route);

  void hold(Place place) override { places_.push_back(std::move(place)); }
  int accept(uv_stream_t* listener) override;
  void start() override;
  void take_over(IngressResult) override {}  // it is where they come from
  void stop(inspect::Reason reason, const std::string& detail) override;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase { proxy_header, request, connecting, hello };

  // In the order in which life happens.
  void find_destination();
  void read_proxy_header();
  void client_known();
  void read_request();
  void requested(const config::Endpoint& target);
  void connected();
  void read_hello();
  void route_by(tls::ClientHello hello);
  void complete(std::optional<tls::ClientHello> hello = {});

  void await(Phase phase);
  void go_on();
  void refuse_request(unsigned status, const inspect::Ending& why, const std::string& advice);
  void refuse_request_after(const inspect::Ending& why);
  void finish(const inspect::Ending& why);
  void deadline_passed();
  bool expects_header() const;
  std::string_view awaited() const;

  // net::TcpStream::Events
  void on_data(net::TcpStream& stream, Bytes bytes) override;
  void on_end(net::TcpStream& stream) override;
  void on_broken(net::TcpStream& stream, int status) override;
  void on_flushed(net::TcpStream&) override {}
  void on_connected(net::TcpStream& stream, int status) override;

  // UpstreamConnector::Delegate
  void resolving(std::chrono::milliseconds within) override;
  void connecting(const net::Address& address, std::chrono::milliseconds within) override;
  void not_connected(const inspect::Ending& why) override;

  WorkerServices& services_;
  const RunningRoutePtr route_;
  Owner& owner_;
  std::vector<Place> places_;
  inspect::Connection record_;
  const Clock::time_point accepted_;
  Clock::time_point connect_began_;

  net::TcpStream downstream_;
  net::TcpStream upstream_;
  UpstreamConnector connector_;
  Phase phase_ = Phase::hello;
  Buffer bytes_;  // received and not yet somebody's
  tls::HelloProgress hello_progress_;
  bool has_spoken_ = false;
  net::Address client_;
  net::Address destination_;
  config::Endpoint target_;
  std::unique_ptr<ConnectRequest> request_;
  std::size_t request_fed_ = 0;  // of bytes_
  bool is_over_ = false;
  net::Timer timer_;
};

}  // namespace mailtap::proxy::ingress
