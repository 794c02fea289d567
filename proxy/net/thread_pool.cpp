#include "proxy/net/thread_pool.h"

#include <utility>

namespace mailtap::net {

namespace {

class PoolTask final : public Background::Task {
 public:
  PoolTask(uv_loop_t* loop, std::function<void()> work, std::function<void()> done)
      : request_(new Request{{}, this, std::move(work)}), done_(std::move(done)) {
    const auto run = [](uv_work_t* uv) { reinterpret_cast<Request*>(uv)->work(); };
    uv_queue_work(loop, &request_->uv, run, finished);
  }
  ~PoolTask() override {
    if (request_ != nullptr) request_->owner = nullptr;
  }
  PoolTask(const PoolTask&) = delete;
  PoolTask& operator=(const PoolTask&) = delete;

 private:
  struct Request {
    uv_work_t uv;
    PoolTask* owner;  // null: it has gone
    std::function<void()> work;
  };

  static void finished(uv_work_t* uv, int) {
    const std::unique_ptr<Request> request(reinterpret_cast<Request*>(uv));
    auto* self = request->owner;
    if (self == nullptr) return;
    self->request_ = nullptr;
    const auto done = std::move(self->done_);
    done();
  }

  Request* request_;  // libuv's until it is done; null then
  std::function<void()> done_;
};

}  // namespace

std::unique_ptr<Background::Task> ThreadPool::run(std::function<void()> work, std::function<void()> done) {
  return std::make_unique<PoolTask>(loop_, std::move(work), std::move(done));
}

}  // namespace mailtap::net
