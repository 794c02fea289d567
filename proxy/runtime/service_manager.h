// What the program that started mailtap expects to hear: systemd's protocols of service notification
// (sd_notify(3)), watchdog and journal, over the environment and a datagram socket.
//
// Nothing of systemd is needed for it: where nobody listens, nothing is said.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace mailtap::proxy {

class ServiceManager {
 public:
  /// Nobody listens.
  ServiceManager() = default;
  /// What NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say. They stay in the environment, for a successor.
  static ServiceManager from_environment();

  bool present() const { return !socket_.empty(); }
  /// "READY=1\nSTATUS=...". Lost silently if nobody listens any more: there is nobody to tell.
  void notify(std::string_view state) const;
  /// RELOADING=1 with the time that the protocol wants (sd_notify(3)).
  void notify_reloading() const;

  /// How long the watchdog waits for a sign of life; 0: there is none.
  std::chrono::milliseconds watchdog() const { return watchdog_; }

 private:
  std::string socket_;  // a path; of the abstract namespace if it begins with '@'
  std::chrono::milliseconds watchdog_{0};
};

/// True if `descriptor` leads straight into the journal (JOURNAL_STREAM, systemd.exec(5)), where a line may
/// begin with its priority.
bool is_journal(int descriptor);

}  // namespace mailtap::proxy
