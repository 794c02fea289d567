#include "tls/crypto/fiber.h"

#include <cassert>
#include <utility>

#include "config/base/windows/system.h"

namespace mailtap::crypto {

// Windows's own fibers, which know where exceptions unwind to. A stack is a fiber of Windows's that runs one
// body after the other; the pool keeps those that are idle.

namespace {

thread_local Fiber* running = nullptr;
thread_local void* local_of_running = nullptr;

/// Of the thread's own stack.
thread_local void* home = nullptr;

void* home_of_thread() {
  if (home == nullptr) home = ::IsThreadAFiber() != 0 ? ::GetCurrentFiber() : ::ConvertThreadToFiber(nullptr);
  return home;
}

}  // namespace

/// What runs on a fiber of Windows's.
struct Fiber::Switch {
  static void WINAPI entry(void* /*unused*/) {
    for (;;) {
      auto& fiber = *running;
      try {
        fiber.body_();
      } catch (...) {
        fiber.exception_ = std::current_exception();
      }
      fiber.ended_ = true;
      ::SwitchToFiber(home);
    }
  }
};

// --- stacks ---------------------------------------------------------------------------------------------

StackPool::StackPool(std::size_t stack_size, std::size_t max_idle)
    : stack_size_(stack_size), max_idle_(max_idle) {
  idle_.reserve(max_idle);  // so that give() can't fail
}

StackPool::~StackPool() {
  for (const auto& stack : idle_) ::DeleteFiber(stack.bottom);
}

/// `bottom` is Windows's fiber: where its stack is only Windows knows.
Stack StackPool::take() {
  Stack stack{nullptr, stack_size_, nullptr};
  if (!idle_.empty()) {
    stack = idle_.back();
    idle_.pop_back();
  }
  ++in_use_;
  return stack;
}

void StackPool::give(Stack stack) {
  --in_use_;
  if (stack.bottom == nullptr) return;
  if (idle_.size() < max_idle_)
    idle_.push_back(stack);
  else
    ::DeleteFiber(stack.bottom);
}

std::size_t StackPool::deepest_use() const {
  return 0;  // Windows doesn't tell
}

// --- fibers ---------------------------------------------------------------------------------------------

Fiber::~Fiber() {
  assert(!suspended_);
}

void Fiber::start(std::function<void()> body) {
  assert(!suspended_);
  body_ = std::move(body);
  stack_ = stacks_.take();
  if (stack_.bottom == nullptr) {
    stack_.bottom =
        static_cast<std::uint8_t*>(::CreateFiberEx(stack_.size, stack_.size, 0, Switch::entry, nullptr));
    if (stack_.bottom == nullptr) {
      stacks_.give(std::exchange(stack_, {}));
      throw std::bad_alloc();
    }
  }
  ended_ = false;
  local_ = nullptr;
  enter();
}

void Fiber::resume() {
  assert(suspended_);
  enter();
}

void Fiber::enter() {
  assert(running == nullptr);
  suspended_ = false;
  running = this;
  std::swap(local_, local_of_running);
  home_of_thread();
  ::SwitchToFiber(stack_.bottom);
  std::swap(local_, local_of_running);
  running = nullptr;
  if (!ended_) {
    suspended_ = true;
    return;
  }
  stacks_.give(std::exchange(stack_, {}));
  body_ = nullptr;
  if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
}

void Fiber::suspend() {
  assert(running != nullptr);
  ::SwitchToFiber(home);
}

Fiber* Fiber::current() {
  return running;
}

void*& Fiber::local() {
  return local_of_running;
}

}  // namespace mailtap::crypto
