// What of a fiber the system does: how its stack is entered and left. Each system has its own of this, and of
// the StackPool (posix/fiber_switch.cpp, windows/fiber_switch.cpp); a fiber's life is fiber.cpp's.
#pragma once

#include "tls/crypto/fiber.h"

namespace mailtap::crypto {

struct Fiber::Switch {
  /// Before a body runs: `stack_` is there. Throws std::bad_alloc.
  static void prepare(Fiber& fiber);
  /// To the fiber; returns when it has left, or its body has ended.
  static void enter(Fiber& fiber);
  /// From the fiber to who has entered it; returns when it is entered again. For good once `ended_` is set.
  static void leave(Fiber& fiber);

  /// What runs on the fiber's own stack, between its first entering and its leaving for good.
  static void run_body(Fiber& fiber);

 private:
  struct Entry;  ///< what the system calls there
};

}  // namespace mailtap::crypto
