// What a worker lends to its connections. One thread uses it.
#pragma once

#include <memory>

#include "inspect/alerts/inbox.h"
#include "inspect/watcher.h"
#include "proxy/connection/services.h"
#include "proxy/fetch/lookups.h"
#include "proxy/ingress/own_listeners.h"
#include "proxy/net/loop_timers.h"
#include "proxy/net/resolver.h"
#include "proxy/net/tcp_dialer.h"
#include "proxy/net/thread_pool.h"
#include "proxy/net/timer.h"
#include "proxy/runtime/chain_verifier.h"
#include "proxy/runtime/probes.h"
#include "tls/crypto/backend.h"
#include "tls/crypto/batcher.h"
#include "tls/crypto/spare_keys.h"
#include "tls/sessions/session_cache.h"

namespace mailtap::proxy {

/// Alerts hear of what ended.
class AlertReporter final : public EndListener {
 public:
  explicit AlertReporter(alerts::Inbox& inbox) : reporter_(inbox) {}
  void ended(const inspect::ConnectionRecord& record) override { reporter_.ended(record); }

 private:
  alerts::Reporter reporter_;
};

struct WorkerServices {
  /// `watcher`: null, if nobody watches.
  WorkerServices(uv_loop_t* its_loop, inspect::Watcher* watcher, alerts::Inbox& inbox)
      : loop(its_loop),
        resolver(its_loop),
        timers(its_loop),
        thread_pool(its_loop),
        alerts(inbox),
        batcher(crypto::backend() == crypto::Backend::multibuffer
                    ? std::make_unique<crypto::Batcher>(
                          [this](std::span<crypto::Job* const> jobs) { perform(jobs); })
                    : nullptr),
        lent{timers,   dialer,      thread_pool, verifier,      probes,        alerts, watcher,
             sessions, old_servers, hellos,      own_listeners, batcher.get(), scratch} {}

  /// Among many handshakes lanes aren't idle for long: keys made ahead would only part those that fill a
  /// batch together.
  void perform(std::span<crypto::Job* const> jobs) {
    if (batcher->tasks() >= few_handshakes) return crypto::perform_batch(jobs);
    if (crypto::perform_and_spare(jobs) && !erasing.active()) erasing.start(crypto::longest_kept);
  }
  /// Those keys that nobody took, also if nobody ever comes again.
  void erase_old_keys() {
    const auto now = crypto::SpareClock::now();
    if (const auto next = crypto::erase_old_spare_keys(now))
      erasing.start(std::chrono::ceil<std::chrono::milliseconds>(*next - now));
  }
  static constexpr std::size_t few_handshakes = 8;

  uv_loop_t* loop;
  net::Resolver resolver;
  net::LoopTimers timers;
  net::ThreadPool thread_pool;
  AlertReporter alerts;
  tls::SessionCache sessions;
  OldServers old_servers;
  HelloMemory hellos;
  ingress::OwnListeners own_listeners;
  Buffer read_buffer = Buffer(std::size_t{64} * 1024);
  Buffer scratch = Buffer(std::size_t{17} * 1024);
  net::TcpDialer dialer{loop, resolver, read_buffer,
                        [this](const net::Address& address) { return own_listeners.contains(address); }};
  fetch::Lookups lookups{{loop, resolver, read_buffer}};
  Probes probes{{loop, resolver, read_buffer}};
  net::Timer erasing{loop, [this] { erase_old_keys(); }};
  std::unique_ptr<crypto::Batcher> batcher;  ///< null: nothing is batched, and nothing waits
  SystemJudge system_judge{thread_pool, SystemJudge::of_this_system()};
  ChainVerifier verifier{lookups, batcher.get(), system_judge};
  Services lent;
};

}  // namespace mailtap::proxy
