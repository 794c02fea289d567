#include "proxy/net/listener.h"

namespace mailtap::net {

namespace {

constexpr std::chrono::milliseconds back_off{5};

}  // namespace

Listener::Listener(uv_loop_t* loop, Incoming incoming)
    : loop_(loop), incoming_(std::move(incoming)), again_(loop, [this] {
        handle_.resume();
        offer();
      }) {}

void Listener::ask_again() {
  if (!again_.active()) return;
  again_.stop();
  handle_.resume();
  offer();
}

int Listener::listen(int descriptor) {
  return handle_.listen(loop_, descriptor, [this] {
    if (!again_.active()) offer();
  });
}

void Listener::offer() {
  if (incoming_(*this)) return;
  handle_.pause();
  again_.start(back_off);
}

}  // namespace mailtap::net
