// Wishes of other processes of this machine, for a system that has no signals for them.
//
// There each mailtap that runs can be told by its process's number; where signals are (signals.h), nobody
// listens here.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/base/result.h"
#include "proxy/runtime/signals.h"

namespace mailtap::proxy {

class Control {
 public:
  /// `told` is called on a thread of this object's.
  explicit Control(std::function<void(Told)> told);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// What to say at start of how this process is told. Empty: by signals, as everybody knows.
std::string how_to_tell();

/// Tells the mailtap that runs as this process. An error: there is none, or this user may not.
Result<void> tell(unsigned long process, Told what);

}  // namespace mailtap::proxy
