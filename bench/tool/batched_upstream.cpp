#include "bench/tool/batched_upstream.h"

#include <netinet/tcp.h>

#include "bench/tool/batched_endpoint.h"
#include "bench/tool/batched_parameters.h"
#include "bench/tool/exchange.h"
#include "certs/model/identity.h"
#include "tls/sessions/sessions.h"
#include "tls/sessions/tickets.h"

namespace mailtap::bench {

class BatchedUpstream::Connection final : public BatchedEndpoint {
 public:
  Connection(BatchedUpstream& upstream, Descriptor socket)
      : BatchedEndpoint(upstream.loop_, std::move(socket)), upstream_(upstream) {}

  void begin() {
    auto parameters = server_parameters(upstream_.scenario_);
    parameters.identity = upstream_.identity_;
    parameters.tickets = upstream_.tickets_;
    parameters.batching = upstream_.loop_.batching_for(*this);
    BatchedEndpoint::begin(tls::make_server_session(std::move(parameters)));
  }

 private:
  void on_established() override {
    ++upstream_.handshakes_;
    if (session().agreed().resumed) ++upstream_.resumed_;
  }

  void on_plaintext(std::string_view bytes) override {
    if (reader_.read(bytes)) write(reader_.begin_response());
  }

  bool on_sent() override {
    const auto block = block_of_body().substr(0, reader_.body_left());
    if (block.empty() || !reader_.answering()) return false;
    write(block);
    reader_.took(block.size());
    return true;
  }

  void on_close_notify() override {
    close_notify();
    flush();
    end();
    upstream_.ended(*this);
  }

  void on_end(const std::string& /*why*/) override { upstream_.ended(*this); }

  BatchedUpstream& upstream_;
  RequestReader reader_;
};

BatchedUpstream::BatchedUpstream(BatchedLoop& loop, Scenario scenario)
    : loop_(loop), scenario_(std::move(scenario)) {}

Result<std::unique_ptr<BatchedUpstream>> BatchedUpstream::start(BatchedLoop& loop, const Scenario& scenario,
                                                                const Material& material) {
  std::unique_ptr<BatchedUpstream> upstream(new BatchedUpstream(loop, scenario));
  const auto files = material.identity(scenario.key);
  auto identity = certs::Identity::load(files.cert, files.key);
  if (!identity) return tl::unexpected(identity.error());
  upstream->identity_ = std::move(*identity);
  if (scenario.resumed) {
    auto tickets = tls::TicketKeys::make();
    if (!tickets) return tl::unexpected(tickets.error());
    upstream->tickets_ = std::move(*tickets);
  }
  std::tie(upstream->listener_, upstream->port_) = listen_on_loopback();
  if (upstream->port_ == 0) return fail("the upstream can't listen on loopback");
  const int on = 1;  // those that are accepted have it too
  ::setsockopt(upstream->listener_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  loop.call([&] { loop.watch(upstream->listener_.get(), *upstream, EPOLLIN); });
  return upstream;
}

BatchedUpstream::~BatchedUpstream() {
  loop_.call([this] {
    loop_.unwatch(listener_.get());
    listener_ = Descriptor();
    for (auto& connection : connections_)
      if (connection) loop_.bury(std::move(connection));
  });
  loop_.call([] {});  // the turn that may have an event of the listener's is over
}

void BatchedUpstream::ready(std::uint32_t /*events*/) {
  for (;;) {
    Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    const auto index = static_cast<std::size_t>(socket.get());
    if (connections_.size() <= index) connections_.resize(index + 1);
    connections_[index] = std::make_unique<Connection>(*this, std::move(socket));
    connections_[index]->begin();
  }
}

void BatchedUpstream::ended(Connection& connection) {
  loop_.bury(std::move(connections_[static_cast<std::size_t>(connection.descriptor())]));
}

}  // namespace mailtap::bench
