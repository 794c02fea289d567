// A function that can be left in its middle and gone on with later: it runs on a stack of its own.
//
//   loop:   start() ------>. . . . . . .------> resume() ----->. . . . . . . . .------>
//   fiber:                 body ... suspend()                  ... end of body
//
// Made for handshakes that wait for batched cryptography. A fiber belongs to one thread; it is entered from
// the thread's own stack only, never from another fiber.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <vector>

#include "config/base/bytes.h"

namespace mailtap::crypto {

/// A mapping with an unreadable page below it: an overflow is a crash, no corruption.
struct Stack {
  std::uint8_t* bottom = nullptr;  ///< lowest usable byte; null: none
  std::size_t size = 0;
  void* sanitizer_state = nullptr;  ///< ThreadSanitizer's idea of who runs on it
};

/// Stacks for one thread's fibers. Those given back are kept for the next, up to a bound, so that idle
/// connections cost none. Mapping and unmapping one costs as much as a tenth of a handshake, so the bound is
/// above what a busy worker has at once; of each only the pages that were used take memory, mostly two.
class StackPool {
 public:
  /// A handshake needs less than 5 KB.
  static constexpr std::size_t handshake_stack = std::size_t{32} * 1024;

  explicit StackPool(std::size_t stack_size = handshake_stack, std::size_t max_idle = 256);
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  /// Throws std::bad_alloc when the kernel gives none.
  Stack take();
  void give(Stack stack);

  std::size_t idle() const { return idle_.size(); }
  std::size_t in_use() const { return in_use_; }
  /// Bytes that have ever been used of an idle stack, the most of any. Reads them all: for measuring.
  std::size_t deepest_use() const;

 private:
  std::size_t stack_size_;
  std::size_t max_idle_;
  std::size_t in_use_ = 0;
  std::vector<Stack> idle_;
};

class Fiber {
 public:
  explicit Fiber(StackPool& stacks) : stacks_(stacks) {}
  /// Not while it is suspended: what lives on its stack would never be destroyed.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs `body` until it suspends or ends. Its stack goes back to the pool at its end. Not while suspended.
  void start(std::function<void()> body);
  /// Goes on with a suspended body until it suspends again or ends.
  void resume();
  bool suspended() const { return suspended_; }

  /// Leaves the fiber that is running, back to where it was started or resumed.
  static void suspend();
  /// The fiber that is running; null on the thread's own stack.
  static Fiber* current();

  /// A pointer of which every body, and the thread outside of them, has its own: null at first.
  static void*& local();

  // An exception that leaves the body leaves start() or resume(): it never crosses from stack to stack.

 private:
  struct Switch;
  void enter();

  StackPool& stacks_;
  Stack stack_;
  void* context_ =
      nullptr;  ///< where to go on: in the body while it is suspended, in the caller while it runs
  std::function<void()> body_;
  std::exception_ptr exception_;
  bool suspended_ = false;
  bool ended_ = false;
  void* local_ = nullptr;

  // What AddressSanitizer and ThreadSanitizer want to know of the caller's stack.
  void* fake_stack_ = nullptr;
  const void* caller_bottom_ = nullptr;
  std::size_t caller_size_ = 0;
  void* caller_state_ = nullptr;
};

}  // namespace mailtap::crypto
