// One connection's life, from its first byte to its line in the log.
//
//   accepted -> ingress filters -> strategy: Intercept or Passthrough -> over
//
//   ingress/filter.h   what precedes the connection's own bytes; most routes have none
//   intercept.h        TLS is ended on both sides
//   passthrough.h      it is relayed untouched, and what is in the clear is read
//
// Knows no sockets: what happens comes from Stream, Dialer, Timers and Verifier (services.h). Whatever
// happens ends in conclude(), once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/connection/context.h"
#include "proxy/connection/strategy.h"
#include "proxy/ingress/filter.h"
#include "proxy/net/dialer.h"
#include "proxy/net/stream.h"
#include "proxy/net/timers.h"

namespace mailtap::proxy {

/// A connection as it was accepted.
struct Accepted {
  std::unique_ptr<net::Stream> stream;
  /// Where it was going that the firewall diverted here; nothing: it wasn't diverted, or the route doesn't
  /// ask.
  std::optional<net::Address> original_destination{};
};

class Connection final : net::Stream::Events, net::Dialer::Delegate, Strategy::Host {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /// It is over and has its line in the log. It must be destroyed after the callback has unwound.
    virtual void on_finished(Connection& connection) = 0;
  };

  Connection(Services& services, RunningRoutePtr route, std::uint64_t id, Owner& owner);

  /// For how long its line waits for what the system says of the server's chain.
  static constexpr std::chrono::seconds longest_wait{10};

  /// Keeps its place among the connections until it is over.
  void hold(Place place) { context_.places.push_back(std::move(place)); }
  void start(Accepted accepted);
  /// Ends it now, wherever it is.
  void stop(inspect::Reason reason, const std::string& detail);

 private:
  // In the order in which life happens.
  void start_ingress(const std::optional<net::Address>& original_destination);
  bool find_destination(const std::optional<net::Address>& original_destination);
  void run_filters();
  bool filter_passed();
  void open_tunnel();
  bool give_up_dialling();
  void begin_strategy(std::unique_ptr<net::Stream> upstream);
  void refuse(const ingress::Refusal& refusal);
  void end(const inspect::Ending& why) { refuse({why, {}}); }
  void conclude(const std::vector<Buffer>& chain);
  void tell_late();
  void tell(const std::vector<Buffer>& chain);
  void time_passed();

  // net::Stream::Events, of the client until there is a strategy
  void on_data(net::Stream& stream, Bytes bytes) override;
  void on_end(net::Stream& stream) override;
  void on_broken(net::Stream& stream, std::string_view why) override;
  void on_flushed(net::Stream& /*stream*/) override {}

  // net::Dialer::Delegate, for a tunnel
  void on_dialing(const net::Address& address) override;
  void on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& address) override;
  void on_not_dialled(const net::DialFailure& why) override;

  // Strategy::Host
  void on_over(const std::vector<Buffer>& chain) override { conclude(chain); }

  /// What there is only while the connection comes in.
  struct Ingress {
    std::vector<std::unique_ptr<ingress::Filter>> filters;  // left to be passed, the next one last
    ingress::Incoming incoming;
    Buffer bytes;             // of the client, that belong to nobody yet
    bool has_spoken = false;  // the client itself
    std::unique_ptr<net::Timers::Timer> timer;
    std::unique_ptr<net::Dialer::Attempt> dialling;  // null: not for a tunnel
    Context::Clock::time_point connect_began;
  };

  /// What there is only when it is over before the system has said what it thinks of the server's chain.
  struct Late {
    std::vector<Buffer> chain;
    bool is_told = false;
    std::unique_ptr<net::Timers::Timer> timer;
    std::unique_ptr<Verifier::Waiting> answer;
  };

  Owner& owner_;
  Context context_;
  std::unique_ptr<net::Stream> downstream_;  // null: the strategy has it
  std::unique_ptr<Ingress> ingress_;         // null: it is through, or was never needed
  std::unique_ptr<Strategy> strategy_;       // null: not yet
  bool is_over_ = false;
  std::unique_ptr<Late> late_;  // null: its line waits for nothing
};

}  // namespace mailtap::proxy
