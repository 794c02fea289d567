// Stands between a relay and the tap of its protocol: finds out the protocol, keeps the tap's failures from
// the connection, writes the exchanges that the route wants written, and sums them up.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "inspect/log/log_writer.h"
#include "inspect/tap.h"

namespace mailtap::config {
struct Route;
}

namespace mailtap::inspect {

struct ConnectionRecord;  // inspect/record.h

/// Null: nothing is observed of that protocol (raw). `protocol` isn't `automatic`.
std::unique_ptr<Tap> make_tap(config::Protocol protocol, const TapContext& context, ExchangeSink& sink);

/// What an observer works with. All of it outlives the observer but `certificates`, which is copied.
struct Observed {
  const config::Route& route;
  const Pseudonyms& pseudonyms;
  RouteMemory& memory;
  LogWriter& log;
  ConnectionRecord& record;  ///< its id, route, time and verdict are known; its traffic is filled
  Instant accepted;          ///< the moment of record.time
  LegCertificates certificates;
  /// What was spoken in plaintext before STARTTLS: the server has greeted already. Nothing: TLS came first.
  std::optional<config::Protocol> spoken = std::nullopt;
  /// Another maker than make_tap, for tests.
  std::unique_ptr<Tap> (*make)(config::Protocol, const TapContext&, ExchangeSink&) = make_tap;
};

/// No call throws, whatever a tap does.
class Observer final : public Tap, private ExchangeSink {
 public:
  explicit Observer(const Observed& observed);
  ~Observer() override;

  void on_bytes(Flow flow, Bytes bytes, Instant now) noexcept override;
  void on_end(Flow flow, Instant now) noexcept override;
  void on_secured(Instant now) noexcept override;
  void on_closed(Instant now) noexcept override;
  bool is_between_messages() const override {
    return tap_ != nullptr && !stopped_ && tap_->is_between_messages();
  }

 private:
  /// What came before the protocol was known.
  struct Undecided {
    struct Part {
      Flow flow;
      Buffer bytes;
      Instant at;
    };
    std::vector<Part> parts;
    Buffer from_client, from_server;
  };

  void decide(Flow flow, Bytes bytes, Instant now);
  void begin(config::Protocol protocol);
  template <class Call>
  void guarded(Call call) noexcept;
  bool wanted(const Exchange& exchange) const;

  void on_exchange(Exchange exchange) override;
  void on_stopped(std::string_view why) override;

  const Observed observed_;
  const TapContext context_;
  std::optional<Undecided> undecided_;
  std::unique_ptr<Tap> tap_;
  bool stopped_ = false;
};

/// True for "failed", for the status itself, and for "4xx" of a status of three digits.
bool matches_status(const Exchange& exchange, std::string_view wanted);

}  // namespace mailtap::inspect
