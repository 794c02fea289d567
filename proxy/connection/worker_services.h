// What a worker lends to its connections. One thread uses it.
#pragma once

#include <optional>

#include "certs/advice/verdict_cache.h"
#include "inspect/alerts/inbox.h"
#include "inspect/watcher.h"
#include "proxy/connection/old_peers.h"
#include "proxy/connection/probes.h"
#include "proxy/fetch/lookups.h"
#include "proxy/ingress/own_listeners.h"
#include "proxy/net/resolver.h"
#include "tls/crypto/backend.h"
#include "tls/crypto/batcher.h"
#include "tls/session_cache.h"

namespace mailtap::proxy {

struct WorkerServices {
  WorkerServices(uv_loop_t* its_loop, inspect::Watcher* who_watches, alerts::Inbox& inbox)
      : loop(its_loop), resolver(its_loop), watcher(who_watches), alerts(inbox) {
    if (crypto::backend() == crypto::Backend::multibuffer) batcher.emplace();
  }

  uv_loop_t* loop;
  net::Resolver resolver;
  inspect::Watcher* watcher;  ///< null: nobody
  alerts::Reporter alerts;
  tls::SessionCache sessions;
  certs::VerdictCache verdicts;
  OldServers old_servers;
  ingress::OwnListeners own_listeners;
  Buffer read_buffer = Buffer(std::size_t{64} * 1024);
  fetch::Lookups lookups{{loop, resolver, read_buffer}};
  passthrough::Probes probes{{loop, resolver, read_buffer}};
  Buffer scratch = Buffer(std::size_t{17} * 1024);
  std::optional<crypto::Batcher> batcher;  ///< none: nothing is gathered, and nothing waits
  /// Looking for a path through a chain goes deeper than a handshake.
  crypto::StackPool judging_stacks{certs::judging_stack, 8};
};

}  // namespace mailtap::proxy
