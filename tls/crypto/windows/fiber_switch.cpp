#include "tls/crypto/fiber_switch.h"

#include <new>
#include <utility>

#include "config/base/windows/system.h"

namespace mailtap::crypto {

// Windows's own fibers, which know where exceptions unwind to. A stack is a fiber of Windows's that runs one
// body after the other; the pool keeps those that are idle.

namespace {

/// Of the thread's own stack.
thread_local void* home = nullptr;

void* home_of_thread() {
  if (home == nullptr) home = ::IsThreadAFiber() != 0 ? ::GetCurrentFiber() : ::ConvertThreadToFiber(nullptr);
  return home;
}

}  // namespace

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

// --- the switch -----------------------------------------------------------------------------------------

struct Fiber::Switch::Entry {
  /// One body after the other.
  static void WINAPI begin(void* /*unused*/) {
    for (;;) {
      run_body(*current());
      leave(*current());
    }
  }
};

void Fiber::Switch::prepare(Fiber& fiber) {
  auto& stack = fiber.stack_;
  if (stack.bottom != nullptr) return;
  stack.bottom =
      static_cast<std::uint8_t*>(::CreateFiberEx(stack.size, stack.size, 0, Entry::begin, nullptr));
  if (stack.bottom != nullptr) return;
  fiber.stacks_.give(std::exchange(stack, {}));
  throw std::bad_alloc();
}

void Fiber::Switch::enter(Fiber& fiber) {
  home_of_thread();
  ::SwitchToFiber(fiber.stack_.bottom);
}

void Fiber::Switch::leave(Fiber& /*fiber*/) {
  ::SwitchToFiber(home);
}

}  // namespace mailtap::crypto
