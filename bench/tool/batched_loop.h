// The thread of the load that shakes hands by this project's own sessions: clients and upstream server
// together, so that their cryptography is gathered with each other's, and one core of load keeps one of a
// proxy busy.
//
//   epoll --> BatchedEndpoint (socket, session) --jobs--> Batcher --> endpoints go on
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/tool/sockets.h"
#include "config/base/bytes.h"
#include "config/base/result.h"
#include "tls/engine/parameters.h"

namespace mailtap::bench {

class BatchedEndpoint;

/// Who is told of a descriptor's events.
class Watched {
 public:
  virtual ~Watched() = default;
  virtual void ready(std::uint32_t events) = 0;
};

class BatchedLoop {
 public:
  using Clock = std::chrono::steady_clock;
  /// Called once a turn; when it wants to be called again at the latest.
  using EachTurn = std::function<Clock::time_point()>;

  static Result<std::unique_ptr<BatchedLoop>> start();
  /// All that has something here has ended.
  ~BatchedLoop();
  BatchedLoop(const BatchedLoop&) = delete;
  BatchedLoop& operator=(const BatchedLoop&) = delete;

  /// Runs `task` on the thread and waits until it is done. Not from the thread itself.
  void call(std::function<void()> task);

  // --- on the thread

  void watch(int fd, Watched& whom, std::uint32_t events);
  void watch_for(int fd, Watched& whom, std::uint32_t events);  ///< other events than before
  /// Before `fd` is closed: a process that is being started may have it too for a moment, and events would go
  /// on.
  void unwatch(int fd);
  void each_turn(EachTurn function) { each_turn_ = std::move(function); }
  /// Nothing is called of it any more, and it is destroyed when no event of this turn can reach it.
  void bury(std::unique_ptr<BatchedEndpoint> endpoint);
  tls::Batching batching_for(BatchedEndpoint& endpoint);

  MutableBytes ciphertext() { return ciphertext_; }
  MutableBytes plaintext() { return plaintext_; }

 private:
  BatchedLoop();
  void run();
  void gather();
  void run_posted();

  Descriptor epoll_;
  Descriptor wake_;                           // an eventfd
  std::unique_ptr<crypto::Batcher> batcher_;  // null: nothing is gathered
  std::vector<BatchedEndpoint*> woken_;
  std::vector<std::unique_ptr<BatchedEndpoint>> buried_;
  EachTurn each_turn_;
  Buffer ciphertext_ = Buffer(std::size_t{64} * 1024);
  Buffer plaintext_ = Buffer(std::size_t{64} * 1024);

  std::mutex mutex_;  // guards what follows
  std::vector<std::function<void()>> posted_;
  bool stop_ = false;

  std::thread thread_;
};

}  // namespace mailtap::bench
