// Work that takes milliseconds, done beside the loop.
#pragma once

#include <functional>
#include <memory>

namespace mailtap::net {

class Background {
 public:
  /// A task whose end is awaited. Destroyed before that, the work goes on without anybody being told.
  class Task {
   public:
    virtual ~Task() = default;
  };

  virtual ~Background() = default;
  /// `work` is called on another thread, and owns what it uses; `done` then on the loop, where it may destroy
  /// the task. Neither is called from within the call.
  virtual std::unique_ptr<Task> run(std::function<void()> work, std::function<void()> done) = 0;
};

}  // namespace mailtap::net
