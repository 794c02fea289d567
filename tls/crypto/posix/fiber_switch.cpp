#include "tls/crypto/fiber_switch.h"

#include <algorithm>
#include <boost/context/detail/fcontext.hpp>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

#include "tls/crypto/fiber_sanitizers.h"

namespace mailtap::crypto {

using boost::context::detail::fcontext_t;
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

namespace {

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

// --- the switch -----------------------------------------------------------------------------------------

struct Fiber::Switch::Entry {
  static void begin(transfer_t from) {
    auto& fiber = *static_cast<Fiber*>(from.data);
    arrived(fiber, from, nullptr);
    run_body(fiber);
    leave(fiber);
  }

  static void arrived(Fiber& fiber, transfer_t from, void* kept) {
    sanitizers::after_switch(kept, &fiber.caller_bottom_, &fiber.caller_size_);
    fiber.context_ = from.fctx;
  }
};

void Fiber::Switch::prepare(Fiber& fiber) {
  const auto& stack = fiber.stack_;
  fiber.context_ = make_fcontext(stack.bottom + stack.size, stack.size, Entry::begin);
}

void Fiber::Switch::enter(Fiber& fiber) {
  const auto& stack = fiber.stack_;
  fiber.caller_state_ = sanitizers::current_state();
  sanitizers::before_switch(&fiber.fake_stack_, stack.bottom, stack.size, stack.sanitizer_state);
  const auto from = jump_fcontext(static_cast<fcontext_t>(fiber.context_), &fiber);
  sanitizers::after_switch(fiber.fake_stack_, nullptr, nullptr);
  if (!fiber.ended_) fiber.context_ = from.fctx;
}

void Fiber::Switch::leave(Fiber& fiber) {
  void* kept = nullptr;
  sanitizers::before_switch(fiber.ended_ ? nullptr : &kept, fiber.caller_bottom_, fiber.caller_size_,
                            fiber.caller_state_);
  const auto from = jump_fcontext(fiber.context_, nullptr);
  Entry::arrived(fiber, from, kept);
}

}  // namespace mailtap::crypto
