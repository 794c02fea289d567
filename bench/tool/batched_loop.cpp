#include "bench/tool/batched_loop.h"

#include <array>
#include <future>

#include <sys/eventfd.h>
#include <unistd.h>

#include "bench/tool/batched_endpoint.h"
#include "tls/crypto/backend.h"
#include "tls/crypto/batcher.h"
#include "tls/sessions/sessions.h"

namespace mailtap::bench {

BatchedLoop::BatchedLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (crypto::backend() == crypto::Backend::multibuffer) batcher_ = std::make_unique<crypto::Batcher>();
}

Result<std::unique_ptr<BatchedLoop>> BatchedLoop::start() {
  if (const auto ready = tls::initialise(); !ready) return tl::unexpected(ready.error());
  std::unique_ptr<BatchedLoop> loop(new BatchedLoop);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (::epoll_ctl(loop->epoll_.get(), EPOLL_CTL_ADD, loop->wake_.get(), &event) != 0)
    return fail("the load's thread can't watch its sockets: are there too many open files?");
  loop->thread_ = std::thread([self = loop.get()] { self->run(); });
  return loop;
}

BatchedLoop::~BatchedLoop() {
  if (!thread_.joinable()) return;
  call([this] {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  });
  thread_.join();
}

void BatchedLoop::call(std::function<void()> task) {
  const auto done = std::make_shared<std::promise<void>>();
  {
    const std::lock_guard lock(mutex_);
    posted_.emplace_back([&task, done] {
      task();
      done->set_value();
    });
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  done->get_future().wait();
}

void BatchedLoop::run_posted() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(wake_.get(), &count, sizeof count);
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (const auto& task : tasks) task();
}

void BatchedLoop::run() {
  std::array<epoll_event, 256> events{};
  const auto stopped = [this] {
    const std::lock_guard lock(mutex_);
    return stop_;
  };
  while (!stopped()) {
    auto until = Clock::now() + std::chrono::seconds(1);
    if (each_turn_) until = std::min(until, each_turn_());
    gather();
    if (batcher_ && batcher_->has_work()) until = {};
    const int count = wait_for_events(epoll_.get(), events, until);
    for (int i = 0; i < count; ++i) {
      const auto& event = events.at(static_cast<std::size_t>(i));
      if (auto* whom = static_cast<Watched*>(event.data.ptr))
        whom->ready(event.events);
      else
        run_posted();
    }
    buried_.clear();
  }
}

/// As a worker does (proxy/runtime/worker.cpp).
void BatchedLoop::gather() {
  if (!batcher_) return;
  batcher_->step();
  for (auto* endpoint : std::exchange(woken_, {})) endpoint->go_on();
  if (batcher_->is_delaying()) std::this_thread::sleep_for(crypto::Batcher::poll_delay);
}

tls::Batching BatchedLoop::batching_for(BatchedEndpoint& endpoint) {
  return {batcher_.get(), [this, &endpoint] { woken_.push_back(&endpoint); }};
}

void BatchedLoop::bury(std::unique_ptr<BatchedEndpoint> endpoint) {
  endpoint->end();
  unwatch(endpoint->descriptor());
  buried_.push_back(std::move(endpoint));
}

void BatchedLoop::watch(int fd, Watched& whom, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &whom;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void BatchedLoop::unwatch(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void BatchedLoop::watch_for(int fd, Watched& whom, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &whom;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

}  // namespace mailtap::bench
