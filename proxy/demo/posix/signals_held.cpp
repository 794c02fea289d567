#include "proxy/demo/signals_held.h"

#include <csignal>

namespace mailtap::demo {

struct SignalsHeld::Inside {
  sigset_t before{};
};

SignalsHeld::SignalsHeld() : inside_(std::make_unique<Inside>()) {
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGINT);
  sigaddset(&held, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &held, &inside_->before);
}

SignalsHeld::~SignalsHeld() {
  pthread_sigmask(SIG_SETMASK, &inside_->before, nullptr);
}

}  // namespace mailtap::demo
