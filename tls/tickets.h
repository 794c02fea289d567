// Session tickets (RFC 5077, RFC 8446 section 4.6.1): a server session's state, sealed for its client.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string_view>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::tls {

/// The keys that tickets are sealed with: AES-256-GCM. Shared by all workers of a process; opening and
/// sealing hold a reader's lock for the copy of one pointer. A key seals for one ticket lifetime and opens
/// for two.
class TicketKeys {
 public:
  using Time = std::chrono::system_clock::time_point;

  static Result<std::shared_ptr<TicketKeys>> make(std::chrono::seconds lifetime = std::chrono::hours(8));

  /// Of a ticket. At most seven days (RFC 8446 section 4.6.1).
  std::chrono::seconds lifetime() const { return lifetime_; }

  /// Nothing if the kernel's randomness fails. `context`: see open().
  std::optional<Buffer> seal(Bytes state, std::string_view context, Time now);
  /// The state; nothing for a ticket that is damaged, expired, from another key or from another context.
  std::optional<Buffer> open(Bytes ticket, std::string_view context, Time now) const;
  /// Seals with a new key from now on. Done by seal() when its time has come.
  Result<void> rotate(Time now);

  static constexpr std::size_t overhead = 16 + 12 + 8 + 16;  ///< name, nonce, time of issue, tag

 private:
  struct Key;
  struct Keys {
    std::shared_ptr<const Key> current;
    std::shared_ptr<const Key> previous;  ///< null at first
  };

  explicit TicketKeys(std::chrono::seconds lifetime) : lifetime_(lifetime) {}
  Keys keys() const;
  Result<void> replace(const std::shared_ptr<const Key>& old, Time now);

  std::chrono::seconds lifetime_;
  mutable std::shared_mutex mutex_;
  Keys keys_;
};

}  // namespace mailtap::tls
