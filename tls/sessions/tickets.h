// Session tickets (RFC 5077, RFC 8446 section 4.6.1): a server session's state, sealed for its client.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::tls {

/// The keys that tickets are sealed with: AES-256-GCM. Shared by all workers of a process; opening and
/// sealing hold a reader's lock for the copy of one pointer. The process's own are made as they are needed: a
/// key seals for one ticket lifetime and opens for two. Those of a file, which several processes share, are
/// as the file has them.
class TicketKeys {
 public:
  using Time = std::chrono::system_clock::time_point;

  static Result<std::shared_ptr<TicketKeys>> make(std::chrono::seconds lifetime = std::chrono::hours(8));

  /// The keys of a file, newest first: 48 random bytes in base64 a line, of which 16 are the key's name and
  /// 32 the key; # begins a comment. The first seals, all open. An error begins with the line's number.
  static Result<std::shared_ptr<TicketKeys>> parse(std::string_view text,
                                                   std::chrono::seconds lifetime = std::chrono::hours(8));
  static constexpr std::size_t max_keys = 16;  ///< of a file

  /// Of a ticket. At most seven days (RFC 8446 section 4.6.1).
  std::chrono::seconds lifetime() const { return lifetime_; }

  /// Nothing if the kernel's randomness fails. `context`: see open().
  std::optional<Buffer> seal(Bytes state, std::string_view context, Time now);
  /// The state; nothing for a ticket that is damaged, expired, from another key or from another context.
  std::optional<Buffer> open(Bytes ticket, std::string_view context, Time now) const;
  /// Seals with a new key from now on, unless they are a file's. Done by seal() when its time has come.
  Result<void> rotate(Time now);

  static constexpr std::size_t overhead = 16 + 12 + 8 + 16;  ///< name, nonce, time of issue, tag

 private:
  struct Key;
  using Keys = std::vector<std::shared_ptr<const Key>>;  // the newest, which seals, first
  using KeysPtr = std::shared_ptr<const Keys>;

  TicketKeys(std::chrono::seconds lifetime, bool from_file) : lifetime_(lifetime), from_file_(from_file) {}
  KeysPtr keys() const;
  Result<void> replace(const KeysPtr& old, Time now);

  std::chrono::seconds lifetime_;
  bool from_file_;
  mutable std::shared_mutex mutex_;
  KeysPtr keys_;  // never empty once made
};

}  // namespace mailtap::tls
