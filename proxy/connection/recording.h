// What is recorded of one connection for its trace (docs/traces.md), and where its TLS secrets go: the same
// in every mode.
//
//   Connection, Passthrough: begin() -> opened() per leg -> bytes, ends -> write() or drop()
//
// The capture is shared with the keylog sinks of sessions, which may outlive what the connection knows of
// them.
#pragma once

#include <memory>
#include <vector>

#include "inspect/ending.h"
#include "inspect/trace/capture.h"
#include "inspect/watcher.h"
#include "proxy/net/address.h"
#include "proxy/route/running_route.h"
#include "tls/session.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::proxy {

class Recording {
 public:
  /// `route` is its owner's, and outlives it.
  explicit Recording(const RunningRoutePtr& route) : route_(route) {}

  /// From now on, if the route has traces, or if `watcher` (null: nobody) shows the messages.
  void begin(inspect::Watcher* watcher);
  /// Null: nothing is recorded.
  trace::Capture* capture() const { return capture_.get(); }
  explicit operator bool() const { return capture_ != nullptr; }
  /// A trace of it will be written.
  bool is_for_trace() const { return capture_ != nullptr && route_->traces != nullptr; }
  /// For who shows them; null: nothing is recorded.
  std::shared_ptr<const inspect::HandshakeMessages> messages() const;

  /// A leg's TCP connection is there. Nothing happens where nothing is recorded.
  void opened(inspect::Side leg, const net::Address& client, const net::Address& server);
  /// To the file that the user asked for, and to the trace, which is open as long as a session may speak of
  /// it.
  tls::KeylogSink keylog_of(inspect::Side leg) const;
  /// There is nothing to record after all: a trace has TLS alone.
  void drop() { capture_.reset(); }
  /// The connection is over. `chain`: the server's, DER.
  void write(const inspect::ConnectionRecord& record, const std::vector<Buffer>& chain);

 private:
  const RunningRoutePtr& route_;
  std::shared_ptr<trace::Capture> capture_;
};

}  // namespace mailtap::proxy
