// What a connection is lent: clock, network, threads and verdicts as interfaces, and what its worker's
// connections share. One thread uses it, and all of it outlives the connections.
#pragma once

#include "inspect/watcher.h"
#include "proxy/connection/old_peers.h"
#include "proxy/connection/prober.h"
#include "proxy/connection/upstream_hello.h"
#include "proxy/connection/verifier.h"
#include "proxy/ingress/own_listeners.h"
#include "proxy/net/background.h"
#include "proxy/net/dialer.h"
#include "proxy/net/timers.h"
#include "tls/crypto/batcher.h"
#include "tls/sessions/session_cache.h"

namespace mailtap::proxy {

/// Who hears of each connection that has ended, whose line is in the log.
class EndListener {
 public:
  virtual ~EndListener() = default;
  virtual void ended(const inspect::ConnectionRecord& record) = 0;
};

struct Services {
  net::Timers& timers;
  net::Dialer& dialer;
  net::Background& background;
  Verifier& verifier;
  Prober& prober;
  EndListener& end_listener;
  inspect::Watcher* watcher;  ///< null: nobody
  tls::SessionCache& sessions;
  OldServers& old_servers;
  HelloMemory& hellos;
  const ingress::OwnListeners& own_listeners;
  crypto::Batcher* batcher;  ///< null: nothing is batched, and nothing waits
  MutableBytes scratch;      ///< holds the plaintext of one record while it moves
};

}  // namespace mailtap::proxy
