// The workers, which share nothing on the way of the data but what each is given here.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "inspect/watcher.h"
#include "inspect/writers/messages.h"
#include "proxy/net/handle.h"
#include "proxy/route/limits.h"
#include "proxy/runtime/assignment.h"
#include "proxy/runtime/concentration.h"

namespace mailtap::alerts {
class Inbox;  // proxy/alerts/inbox.h
}

namespace mailtap::proxy {

class Worker;  // proxy/runtime/worker.h

/// Lives on the main thread's loop.
class WorkerPool {
 public:
  /// Of all workers; outlives them.
  struct Shared {
    const inspect::Messages& messages;
    CountLimit& connections;
    std::atomic<std::uint64_t>& next_id;  ///< of a connection
  };

  /// `drained` is called once, on the loop, when every worker has ended after drain() or stop(). It may join.
  WorkerPool(uv_loop_t* loop, Shared shared, std::function<void()> drained);
  /// As join().
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Once. `watcher` (null: nobody) and `inbox` outlive the workers.
  void start(unsigned count, inspect::Watcher* watcher, alerts::Inbox& inbox);
  std::size_t size() const { return workers_.size(); }

  /// As many as there are workers: what each has to listen on from now on.
  void set_routes(std::vector<std::vector<Assignment>> assignments);
  /// No new connections; those there are may go on until the deadline.
  void drain(std::chrono::milliseconds deadline);
  /// Every connection ends now.
  void stop();

  /// True if every worker has answered the last question whether it lives.
  bool has_answered() const { return unanswered_ == 0; }
  void ask_for_life();

  /// Ends what still runs at once, and waits for the threads. Afterwards nothing keeps the loop going.
  void join();

 private:
  void worker_drained();

  const Shared shared_;
  const std::function<void()> drained_;
  std::atomic<unsigned> drained_workers_{0};
  std::atomic<unsigned> unanswered_{0};
  bool has_told_ = false;  // drained_
  net::Handle<uv_async_t> wake_;
  std::optional<Concentration> concentration_;  // nothing: not started; outlives the workers
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace mailtap::proxy
