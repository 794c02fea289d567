#include "tls/crypto/fiber.h"

#include <cassert>
#include <utility>

#include "tls/crypto/fiber_switch.h"

namespace mailtap::crypto {

namespace {

thread_local Fiber* running = nullptr;
thread_local void* local_of_running = nullptr;

}  // namespace

Fiber::~Fiber() {
  assert(!suspended_);
}

void Fiber::start(std::function<void()> body) {
  assert(!suspended_);
  body_ = std::move(body);
  stack_ = stacks_.take();
  Switch::prepare(*this);
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
  Switch::enter(*this);
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

void Fiber::Switch::run_body(Fiber& fiber) {
  try {
    fiber.body_();
  } catch (...) {
    fiber.exception_ = std::current_exception();
  }
  fiber.ended_ = true;
}

void Fiber::suspend() {
  assert(running != nullptr);
  Switch::leave(*running);
}

Fiber* Fiber::current() {
  return running;
}

void*& Fiber::local() {
  return local_of_running;
}

}  // namespace mailtap::crypto
