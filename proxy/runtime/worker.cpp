#include "proxy/runtime/worker.h"

#include <thread>
#include <utility>

#include "config/base/process.h"
#include "proxy/ingress/original_destination.h"
#include "proxy/net/steering.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/net/uv_error.h"

namespace mailtap::proxy {

Worker::Worker(const inspect::Messages& messages, CountLimit& connections,
               std::atomic<std::uint64_t>& next_id, Seat seat, inspect::Watcher* watcher,
               alerts::Inbox& inbox, std::function<void()> drained)
    : messages_(messages),
      connections_limit_(connections),
      next_id_(next_id),
      seat_(seat),
      drained_(std::move(drained)),
      intake_([] {
        return Intake::Moment{std::chrono::nanoseconds(uv_hrtime()), thread_processor_time()};
      }) {
  uv_loop_init(&loop_);
  services_ = std::make_unique<WorkerServices>(&loop_, watcher, inbox);
  wake_ = net::Handle<uv_async_t>::make(this, [&](uv_async_t* async) {
            return uv_async_init(&loop_, async, [](uv_async_t* uv) {
              if (auto* self = static_cast<Worker*>(uv->data)) self->run_posted();
            });
          }).first;
  awake_ =
      net::Handle<uv_idle_t>::make(this, [&](uv_idle_t* idle) { return uv_idle_init(&loop_, idle); }).first;
  // A connection that has ended is destroyed here, when no callback of its is on the stack any more.
  before_poll_ = net::Handle<uv_prepare_t>::make(this, [&](uv_prepare_t* prepare) {
                   uv_prepare_init(&loop_, prepare);
                   return 0;
                 }).first;
  uv_prepare_start(before_poll_.get(), [](uv_prepare_t* uv) {
    if (auto* self = static_cast<Worker*>(uv->data)) self->before_poll();
  });
  after_poll_ = net::Handle<uv_check_t>::make(this, [&](uv_check_t* check) {
                  return uv_check_init(&loop_, check);
                }).first;
  uv_check_start(after_poll_.get(), [](uv_check_t* uv) {
    if (auto* self = static_cast<Worker*>(uv->data)) self->after_poll();
  });
  drain_timer_ =
      std::make_unique<net::Timer>(&loop_, [this] { end_connections("the drain deadline has passed"); });
  thread_ = std::thread([this] {
    name_thread("worker");
    uv_run(&loop_, UV_RUN_DEFAULT);
  });
}

Worker::~Worker() {
  stop();
  thread_.join();
  services_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);  // the last close callbacks
  uv_loop_close(&loop_);
}

void Worker::set_routes(std::vector<Assignment> assignments) {
  post([this, assignments = std::move(assignments)] {
    std::map<std::string, Listening> next;
    std::vector<std::string> addresses;
    for (const auto& assignment : assignments) addresses.push_back(assignment.route->address);
    services_->own_listeners.set(addresses);
    for (const auto& [route, descriptors, has_one_each] : assignments) {
      const auto& address = route->address;
      auto& listening = next[address];
      listening.route = route;
      if (descriptors.empty()) {
        listening.listeners = std::move(listening_[address].listeners);
        listening.has_one_each = listening_[address].has_one_each;
      } else {
        listening.has_one_each = has_one_each;
      }
      for (const int descriptor : descriptors) {
        auto listener = std::make_unique<net::Listener>(&loop_, [this, address](net::Listener& waiting) {
          return incoming(listening_[address].route, waiting);
        });
        if (const int status = listener->listen(descriptor); status != 0)
          messages_.warn("can't listen on " + address + ": " + net::uv_says(status));
        listening.listeners.push_back(std::move(listener));
      }
    }
    for (const auto& [address, before] : listening_)
      if (before.route && !next.contains(address))
        services_->sessions.forget_route(before.route->settings.id);
    listening_ = std::move(next);
    steer(seat_.concentration.choice());
  });
}

/// Where no batches are filled, the system shares connections out evenly.
void Worker::steer(const Concentration::Choice& choice) {
  const auto workers = seat_.concentration.workers();
  if (workers < 2) return;
  for (const auto& [address, listening] : listening_) {
    for (const auto& listener : listening.listeners) {
      if (listening.has_one_each && services_->batcher)
        net::steer(listener->descriptor(), {choice.first, choice.count, workers});
      else
        net::stop_steering(listener->descriptor());
    }
  }
}

bool Worker::incoming(const RunningRoutePtr& route, net::Listener& listener) {
  auto place = connections_limit_.take();
  if (!place) return false;
  std::optional<Intake::Ticket> ticket;
  if (services_->batcher && !(ticket = intake_.takes(services_->batcher->queued()))) return false;
  begin(route, listener, std::move(place), ticket);
  if (const auto choice = seat_.concentration.review(Concentration::Time::clock::now())) steer(*choice);
  return true;
}

/// `place`, `ticket`: nothing, if the connection goes beyond the limit.
void Worker::begin(const RunningRoutePtr& route, net::Listener& listener, std::optional<Place> place,
                   std::optional<Intake::Ticket> ticket) {
  auto stream = std::make_unique<net::TcpStream>(&loop_, services_->read_buffer);
  if (stream->accept(listener) != 0) {  // it was there and is gone
    if (ticket) intake_.ended(*ticket);
    return;
  }
  const auto id = next_id_.fetch_add(1);
  std::optional<net::Address> original;
  const auto transparent = route->settings.ingress.transparent;
  if (transparent != config::Transparency::none)
    original = ingress::original_destination(stream->descriptor(), stream->local(), transparent);
  Connection::Owner& owner = *this;
  auto connection = std::make_unique<Connection>(services_->lent, route, id, owner);
  if (place) connection->hold(std::move(*place));
  auto& started = *connection;
  connections_.emplace(&started, Served{std::move(connection), ticket});
  seat_.concentration.has_open(seat_.number, connections_.size());
  started.start({std::move(stream), original});
}

void Worker::on_finished(Connection& connection) {
  auto node = connections_.extract(&connection);
  if (node.mapped().ticket) intake_.ended(*node.mapped().ticket);
  finished_.push_back(std::move(node.mapped().connection));
  seat_.concentration.has_open(seat_.number, connections_.size());
  if (services_->lent.watcher != nullptr && services_->batcher) report_batches();
}

void Worker::report_batches() {
  std::uint64_t operations = 0;
  std::uint64_t batches = 0;
  for (std::size_t kind = 0; kind < crypto::job_kinds; ++kind) {
    const auto& counts = services_->batcher->counts(static_cast<crypto::JobKind>(kind));
    operations += counts.jobs;
    for (const auto of_size : counts.batches_of) batches += of_size;
  }
  services_->lent.watcher->batched(operations - operations_reported_, batches - batches_reported_);
  operations_reported_ = operations;
  batches_reported_ = batches;
}

void Worker::before_poll() {
  run_batches();
  take_who_was_left();
  finished_.clear();
  if (draining_ && connections_.empty() && wake_) end_loop();
}

void Worker::after_poll() {
  // Fine enough for reviews a tenth of a second apart.
  if (uv_now(&loop_) < publish_next_) return;
  publish_next_ = uv_now(&loop_) + 5;
  seat_.concentration.has_worked(seat_.number, thread_processor_time());
}

/// Everything that was readable has been read: the next batch, and the handshakes that waited for it go on.
void Worker::run_batches() {
  auto& batcher = services_->batcher;
  if (!batcher) return;
  batcher->step();
  if (batcher->is_delaying()) std::this_thread::sleep_for(crypto::Batcher::poll_delay);
  if (batcher->has_work())
    uv_idle_start(awake_.get(), [](uv_idle_t*) {});
  else
    uv_idle_stop(awake_.get());
}

void Worker::take_who_was_left() {
  if (!services_->batcher || !intake_.next_turn(services_->batcher->queued())) return;
  const auto ask = [](auto from, auto to) {
    for (; from != to; ++from)
      for (const auto& listener : from->second.listeners) listener->ask_again();
  };
  auto first = listening_.upper_bound(asked_first_);
  if (first == listening_.end()) first = listening_.begin();
  if (first != listening_.end()) asked_first_ = first->first;
  ask(first, listening_.end());
  ask(listening_.begin(), first);
}

/// For whoever measures, or wonders whether fewer workers would do better.
void Worker::tell_how_full_batches_were() const {
  if (!services_->batcher) return;
  const auto text = crypto::describe_batches(*services_->batcher);
  if (!text.empty()) messages_.say("mailtap: a worker's cryptography, operations at a time: " + text);
}

// --- the end ----------------------------------------------------------------------------------------------

void Worker::drain(std::chrono::milliseconds deadline) {
  post([this, deadline] {
    draining_ = true;
    stop_listening();
    drain_timer_->start(deadline);
  });
}

/// Whoever is out of the kernel's queue already can't be left to a successor: one a listener at most.
void Worker::stop_listening() {
  for (const auto& [address, listening] : listening_)
    for (const auto& listener : listening.listeners)
      if (listener->holding()) begin(listening.route, *listener, std::nullopt, std::nullopt);
  listening_.clear();
}

void Worker::stop() {
  post([this] {
    draining_ = true;
    listening_.clear();
    end_connections("mailtap was told to stop at once");
  });
}

void Worker::end_connections(const std::string& why) {
  std::vector<Connection*> all;
  all.reserve(connections_.size());
  for (const auto& [connection, owned] : connections_) all.push_back(connection);
  for (auto* connection : all) connection->stop(inspect::Reason::shutdown, why);
}

/// Closes the handles that keep the loop going. What the thread pool still works on keeps it until it is
/// done.
void Worker::end_loop() {
  tell_how_full_batches_were();
  drain_timer_.reset();
  before_poll_.close();
  after_poll_.close();
  awake_.close();
  services_->lookups.stop();
  services_->probes.stop();
  services_->erasing.stop();  // what it would erase goes with this thread
  {
    const std::lock_guard lock(mutex_);
    posted_.clear();
    wake_.close();
  }
  drained_();
}

// --- tasks from other threads -----------------------------------------------------------------------------

bool Worker::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (!wake_) return false;  // its loop has ended: there is nothing left to do it with
  posted_.push_back(std::move(task));
  uv_async_send(wake_.get());
  return true;
}

void Worker::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (const auto& task : tasks) task();
}

}  // namespace mailtap::proxy
