#include "tls/crypto/fiber.h"

#include <algorithm>
#include <boost/context/detail/fcontext.hpp>
#include <cassert>
#include <new>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "tls/crypto/fiber_sanitizers.h"

namespace mailtap::crypto {

using boost::context::detail::fcontext_t;
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

namespace {

thread_local Fiber* running = nullptr;
thread_local void* local_of_running = nullptr;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

void unmap(const Stack& stack) {
  sanitizers::free_state(stack.sanitizer_state);
  munmap(stack.bottom - page_size(), stack.size + page_size());
}

}  // namespace

// --- stacks ---------------------------------------------------------------------------------------------

StackPool::StackPool(std::size_t stack_size, std::size_t max_idle)
    : stack_size_((stack_size * sanitizers::stack_factor + page_size() - 1) / page_size() * page_size()),
      max_idle_(max_idle) {
  idle_.reserve(max_idle);  // so that give() can't fail
}

StackPool::~StackPool() {
  for (const auto& stack : idle_) unmap(stack);
}

Stack StackPool::take() {
  Stack stack;
  if (!idle_.empty()) {
    stack = idle_.back();
    idle_.pop_back();
  } else {
    void* memory = mmap(nullptr, stack_size_ + page_size(), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    stack = {static_cast<std::uint8_t*>(memory) + page_size(), stack_size_, nullptr};
    if (mprotect(memory, page_size(), PROT_NONE) != 0) {
      unmap(stack);
      throw std::bad_alloc();
    }
    stack.sanitizer_state = sanitizers::make_state();
  }
  ++in_use_;
  return stack;
}

void StackPool::give(Stack stack) {
  --in_use_;
  sanitizers::forget_variables(stack.bottom, stack.size);
  if (idle_.size() < max_idle_) {
    idle_.push_back(stack);
  } else {
    unmap(stack);
  }
}

std::size_t StackPool::deepest_use() const {
  std::size_t deepest = 0;
  for (const auto& stack : idle_) {
    // Fresh pages are zero, and a stack grows downwards.
    const auto* end = stack.bottom + stack.size;
    const auto* touched =
        std::find_if(stack.bottom, stack.bottom + stack.size, [](std::uint8_t byte) { return byte != 0; });
    deepest = std::max(deepest, static_cast<std::size_t>(end - touched));
  }
  return deepest;
}

// --- fibers ---------------------------------------------------------------------------------------------

/// The two halves of a switch that run on the fiber's own stack.
struct Fiber::Switch {
  static void entry(transfer_t from) {
    auto& fiber = *static_cast<Fiber*>(from.data);
    arrived(fiber, from, nullptr);
    try {
      fiber.body_();
    } catch (...) {
      fiber.exception_ = std::current_exception();
    }
    fiber.ended_ = true;
    leave(fiber, /*for_good=*/true);
  }

  static void leave(Fiber& fiber, bool for_good) {
    void* kept = nullptr;
    sanitizers::before_switch(for_good ? nullptr : &kept, fiber.caller_bottom_, fiber.caller_size_,
                              fiber.caller_state_);
    const auto from = jump_fcontext(fiber.context_, nullptr);
    arrived(fiber, from, kept);
  }

  static void arrived(Fiber& fiber, transfer_t from, void* kept) {
    sanitizers::after_switch(kept, &fiber.caller_bottom_, &fiber.caller_size_);
    fiber.context_ = from.fctx;
  }
};

Fiber::~Fiber() {
  assert(!suspended_);
}

void Fiber::start(std::function<void()> body) {
  assert(!suspended_);
  body_ = std::move(body);
  stack_ = stacks_.take();
  context_ = make_fcontext(stack_.bottom + stack_.size, stack_.size, Switch::entry);
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
  caller_state_ = sanitizers::current_state();
  sanitizers::before_switch(&fake_stack_, stack_.bottom, stack_.size, stack_.sanitizer_state);
  const auto from = jump_fcontext(static_cast<fcontext_t>(context_), this);
  sanitizers::after_switch(fake_stack_, nullptr, nullptr);
  std::swap(local_, local_of_running);
  running = nullptr;
  if (!ended_) {
    context_ = from.fctx;
    suspended_ = true;
    return;
  }
  stacks_.give(std::exchange(stack_, {}));
  body_ = nullptr;
  if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
}

void Fiber::suspend() {
  assert(running != nullptr);
  Switch::leave(*running, /*for_good=*/false);
}

Fiber* Fiber::current() {
  return running;
}

void*& Fiber::local() {
  return local_of_running;
}

}  // namespace mailtap::crypto
