// The wish to end, put off.
#pragma once

#include <memory>

namespace mailtap::demo {

/// While it lives, what would end the process (SIGINT and SIGTERM, or Ctrl-C and Ctrl-Break) waits: the
/// folder is removed whenever it comes.
class SignalsHeld {
 public:
  SignalsHeld();
  ~SignalsHeld();
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace mailtap::demo
