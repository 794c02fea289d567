#include "proxy/runtime/worker_pool.h"

#include <utility>

#include "config/base/process.h"
#include "proxy/runtime/worker.h"

namespace mailtap::proxy {

WorkerPool::WorkerPool(uv_loop_t* loop, Shared shared, std::function<void()> drained)
    : shared_(shared), drained_(std::move(drained)) {
  wake_ = net::Handle<uv_async_t>::make(this, [&](uv_async_t* async) {
            return uv_async_init(loop, async, [](uv_async_t* uv) {
              if (auto* self = static_cast<WorkerPool*>(uv->data)) self->worker_drained();
            });
          }).first;
}

WorkerPool::~WorkerPool() {
  join();
}

void WorkerPool::start(unsigned count, inspect::Watcher* watcher, alerts::Inbox& inbox) {
  concentration_.emplace(count, [] { return idle_processors() != 0; });  // nothing: who knows
  for (unsigned i = 0; i < count; ++i)
    workers_.push_back(std::make_unique<Worker>(shared_.messages, shared_.connections, shared_.next_id,
                                                Worker::Seat{*concentration_, i}, watcher, inbox, [this] {
                                                  ++drained_workers_;
                                                  uv_async_send(wake_.get());
                                                }));
}

void WorkerPool::worker_drained() {
  if (drained_workers_ < workers_.size() || std::exchange(has_told_, true)) return;
  drained_();
}

void WorkerPool::set_routes(std::vector<std::vector<Assignment>> assignments) {
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->set_routes(std::move(assignments[i]));
}

void WorkerPool::drain(std::chrono::milliseconds deadline) {
  for (const auto& worker : workers_) worker->drain(deadline);
}

void WorkerPool::stop() {
  for (const auto& worker : workers_) worker->stop();
}

void WorkerPool::ask_for_life() {
  for (const auto& worker : workers_) {
    ++unanswered_;
    if (!worker->ask_for_life([this] { --unanswered_; })) --unanswered_;
  }
}

void WorkerPool::join() {
  workers_.clear();
  wake_.close();
}

}  // namespace mailtap::proxy
