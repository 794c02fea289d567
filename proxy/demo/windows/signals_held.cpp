#include "proxy/demo/signals_held.h"

#include <atomic>

#include "config/base/windows/system.h"

namespace mailtap::demo {

namespace {

std::atomic<bool> has_come{false};

BOOL WINAPI hold(DWORD /*what*/) {
  has_come = true;
  return TRUE;
}

}  // namespace

struct SignalsHeld::Inside {};

SignalsHeld::SignalsHeld() : inside_(std::make_unique<Inside>()) {
  has_come = false;
  ::SetConsoleCtrlHandler(hold, TRUE);
}

SignalsHeld::~SignalsHeld() {
  ::SetConsoleCtrlHandler(hold, FALSE);
  if (has_come) ::GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
}

}  // namespace mailtap::demo
