#include "bench/tool/batched_client.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <optional>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "bench/tool/arrivals.h"
#include "bench/tool/batched_endpoint.h"
#include "bench/tool/batched_parameters.h"
#include "bench/tool/exchange.h"
#include "tls/sessions/sessions.h"

namespace mailtap::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_sessions = 256;

double microseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

}  // namespace

/// A batch while it runs.
class BatchedClient::Run {
 public:
  Run(BatchedClient& client, const sockaddr* to, socklen_t size, const Batch& batch)
      : client_(client),
        address_(to),
        address_size_(size),
        batch_(batch),
        request_(batch.ews ? ews_request() : request_header(batch.download, batch.upload)),
        answer_size_(batch.ews ? ews_response().size() : response_header_size + batch.download),
        began_(Clock::now()) {
    if (batch.rate > 0) arrivals_.emplace(batch.rate, began_, batch.seed);
  }

  Clock::time_point turn();
  void ended(Connection& connection, const std::string& why);
  std::future<void> done() { return done_.get_future(); }

  BatchedClient& client() { return client_; }
  const Batch& batch() const { return batch_; }
  const std::string& request() const { return request_; }
  std::uint64_t answer_size() const { return answer_size_; }
  Load load;

 private:
  void begin_one(Clock::time_point intended);
  void note_failure(const std::string& why);
  void give_up(const std::string& why);

  BatchedClient& client_;
  const sockaddr* address_;
  socklen_t address_size_;
  const Batch& batch_;
  std::string request_;
  std::uint64_t answer_size_;
  Clock::time_point began_;
  std::optional<Arrivals> arrivals_;
  std::vector<std::unique_ptr<Connection>> live_;  // by descriptor
  std::size_t started_ = 0;
  std::size_t open_ = 0;
  bool is_done_ = false;
  std::promise<void> done_;
};

/// One connection, in the order in which it lives.
class BatchedClient::Connection final : public BatchedEndpoint {
 public:
  Connection(Run& run, Descriptor socket, Clock::time_point intended)
      : BatchedEndpoint(run.client().loop_, std::move(socket)),
        run_(run),
        began_(intended),
        upload_left_(run.batch().upload),
        answer_left_(run.answer_size()) {}

  void begin() {
    auto parameters = run_.client().parameters();
    parameters.batching = run_.client().loop_.batching_for(*this);
    BatchedEndpoint::begin(tls::make_client_session(std::move(parameters)));
  }

  /// It stays open, and nobody counts it any more.
  void hold() { held_ = true; }
  void leave() {
    close_notify();
    flush();
    end();
  }

 private:
  void on_established() override {
    run_.load.handshake_us.push_back(microseconds_since(began_));
    if (session().agreed().resumed) ++run_.load.resumed;
    write(run_.request());
  }

  bool on_sent() override {
    if (upload_left_ == 0) return false;
    const auto block = block_of_body().substr(0, upload_left_);
    upload_left_ -= block.size();
    write(block);
    return true;
  }

  void on_plaintext(std::string_view bytes) override {
    if (held_) return;
    if (answer_left_ == run_.answer_size()) run_.load.response_us.push_back(microseconds_since(began_));
    answer_left_ -= std::min<std::uint64_t>(answer_left_, bytes.size());
    if (answer_left_ > 0) return;
    if (run_.client().scenario_.resumed)
      if (auto saved = session().take_saved_session()) run_.client().keep(std::move(*saved));
    if (run_.batch().hold) return run_.ended(*this, "");
    close_notify();
  }

  void on_close_notify() override {
    if (held_) return;
    end();
    run_.ended(*this, "the proxy closed before it had answered");
  }

  void on_end(const std::string& why) override {
    if (!held_) run_.ended(*this, why);
  }

  Run& run_;
  Clock::time_point began_;
  std::uint64_t upload_left_;
  std::uint64_t answer_left_;
  bool held_ = false;
};

// --- all of them -------------------------------------------------------------------------------------------

Clock::time_point BatchedClient::Run::turn() {
  const auto now = Clock::now();
  auto next = now + std::chrono::milliseconds(100);  // to look at the clock and at signals
  if (is_done_) return next;
  if (!arrivals_) {
    while (open_ < batch_.concurrency && started_ < batch_.count) begin_one(now);
  } else {
    for (; started_ < batch_.count && arrivals_->next() <= now; arrivals_->advance())
      begin_one(arrivals_->next());
    if (started_ < batch_.count) next = std::min(next, arrivals_->next());
  }
  if (interrupted) give_up("interrupted");
  if (now > began_ + batch_.time_limit) give_up("the time limit has passed");
  if (load.completed + load.failed >= batch_.count) {
    is_done_ = true;
    load.wall_seconds = microseconds_since(began_) / 1e6;
    done_.set_value();
  }
  return next;
}

void BatchedClient::Run::begin_one(Clock::time_point intended) {
  ++started_;
  Descriptor socket(::socket(address_->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0 || (::connect(socket.get(), address_, address_size_) != 0 && errno != EINPROGRESS))
    return note_failure(std::strerror(errno));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto index = static_cast<std::size_t>(socket.get());
  if (live_.size() <= index) live_.resize(index + 1);
  live_[index] = std::make_unique<Connection>(*this, std::move(socket), intended);
  ++open_;
  live_[index]->begin();
}

void BatchedClient::Run::ended(Connection& connection, const std::string& why) {
  auto owned = std::move(live_[static_cast<std::size_t>(connection.descriptor())]);
  --open_;
  if (!why.empty())
    note_failure(why);
  else
    ++load.completed;
  if (why.empty() && batch_.hold) {
    connection.hold();
    client_.held_.push_back(std::move(owned));
  } else {
    client_.loop_.bury(std::move(owned));
  }
}

void BatchedClient::Run::note_failure(const std::string& why) {
  ++load.failed;
  if (load.first_failure.empty()) load.first_failure = why;
}

void BatchedClient::Run::give_up(const std::string& why) {
  for (auto& connection : live_)
    if (connection) client_.loop_.bury(std::move(connection));
  load.failed = batch_.count - load.completed;
  if (load.first_failure.empty()) load.first_failure = why;
}

BatchedClient::BatchedClient(BatchedLoop& loop, Scenario scenario, std::string name)
    : loop_(loop), scenario_(std::move(scenario)), name_(std::move(name)) {}

BatchedClient::~BatchedClient() {
  let_go();
}

Load BatchedClient::run(const sockaddr* address, socklen_t size, const Batch& batch) {
  Run run(*this, address, size, batch);
  loop_.call([&] { loop_.each_turn([&] { return run.turn(); }); });
  run.done().wait();
  loop_.call([this] { loop_.each_turn(nullptr); });
  return std::move(run.load);
}

void BatchedClient::let_go() {
  loop_.call([this] {
    for (auto& endpoint : held_) {
      dynamic_cast<Connection&>(*endpoint).leave();
      loop_.bury(std::move(endpoint));
    }
    held_.clear();
  });
}

// --- sessions ----------------------------------------------------------------------------------------------

/// A TLS 1.3 ticket is used once, unless it is the last.
tls::ClientParameters BatchedClient::parameters() {
  auto parameters = client_parameters(scenario_);
  parameters.sni = name_;
  if (sessions_.empty()) return parameters;
  parameters.resume = sessions_.back();
  if (sessions_.back().single_use && sessions_.size() > 1) sessions_.pop_back();
  return parameters;
}

void BatchedClient::keep(tls::SavedSession session) {
  if (!session.single_use) sessions_.clear();  // one serves all
  if (sessions_.size() == most_sessions) sessions_.erase(sessions_.begin());
  sessions_.push_back(std::move(session));
}

}  // namespace mailtap::bench
