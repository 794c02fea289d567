// libuv's thread pool.
#pragma once

#include <uv.h>

#include "proxy/net/background.h"

namespace mailtap::net {

class ThreadPool final : public Background {
 public:
  explicit ThreadPool(uv_loop_t* loop) : loop_(loop) {}
  std::unique_ptr<Task> run(std::function<void()> work, std::function<void()> done) override;

 private:
  uv_loop_t* loop_;
};

}  // namespace mailtap::net
