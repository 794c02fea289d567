// Reads the configuration again when asked to: on a thread of the loop's pool, for keys, certificates and
// trusted roots may take seconds. Signals are heard meanwhile.
//
// A script, or several, may ask many times: what comes within a moment is one reload, and what comes during
// one is one more after it.
#pragma once

#include <functional>
#include <memory>

#include "proxy/net/timer.h"
#include "proxy/runtime/configuration_transaction.h"

namespace mailtap::proxy {

class Reloader {
 public:
  using Prepared = Result<std::unique_ptr<ConfigurationTransaction>>;
  struct Hooks {
    std::function<void()> begun;                      ///< on the loop
    std::function<Prepared()> prepare;                ///< on the pool's thread
    std::function<void(Prepared prepared)> prepared;  ///< on the loop
  };

  Reloader(uv_loop_t* loop, Hooks hooks);
  /// What is under way ends unheard. What `prepare` uses must live until the loop has run out.
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  void request();
  bool is_under_way() const { return work_ != nullptr; }
  /// No further one begins. The one under way, if any, is still told of.
  void stop();

 private:
  struct Work;
  void begin();
  void finish(Prepared prepared);

  uv_loop_t* loop_;
  const Hooks hooks_;
  net::Timer soon_;       // started by the first of many requests
  Work* work_ = nullptr;  // owned by the loop
  bool again_ = false;    // a request came while one was under way
  bool stopped_ = false;
};

}  // namespace mailtap::proxy
