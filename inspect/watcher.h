// Who hears of each connection besides the log: the admin endpoint. (Alerts hear less:
// inspect/alerts/inbox.h.)
#pragma once

#include <cstdint>

namespace mailtap::inspect {

struct ConnectionRecord;  // inspect/record.h

/// Called on the workers' threads, so it must neither wait nor fail.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// Both handshakes are done and the relay begins.
  virtual void opened(const ConnectionRecord& connection) = 0;
  /// Once for each connection, whether it was opened or not; its line is in the log.
  virtual void ended(ConnectionRecord connection) = 0;
  /// Whether it shows the messages of a connection that begins now, so that they are noted. Asked once for
  /// each.
  virtual bool wants_messages() = 0;
  /// So many more cryptographic operations were batched, in so many batches.
  virtual void batched(std::uint64_t operations, std::uint64_t batches) = 0;

 protected:
  Watcher() = default;
  Watcher(const Watcher&) = default;
  Watcher& operator=(const Watcher&) = default;
};

}  // namespace mailtap::inspect
