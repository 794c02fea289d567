#include "proxy/probe/turns.h"

#include <utility>

namespace mailtap::probe {

Turns::Turns(uv_loop_t* loop, Pace pace) : pace_(pace), pause_(loop, [this] { go_on(); }) {}

void Turns::ask(std::function<void()> begin) {
  waiting_.push_back(std::move(begin));
  go_on();
}

void Turns::end() {
  --running_;
  go_on();
}

void Turns::go_on() {
  while (!waiting_.empty() && running_ < pace_.at_once && !pause_.active()) {
    const auto begin = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    if (pace_.delay.count() > 0) pause_.start(pace_.delay);
    begin();
  }
}

}  // namespace mailtap::probe
