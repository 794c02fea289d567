// Which connections are traced: what `trace-only` says.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::trace {

/// A connection passes when every condition holds; without any, all pass.
class Filter {
 public:
  /// Each is one of: "failed" (a handshake failed or was refused), "untrusted", "mismatch", a fault's name
  /// ("expired"), "peer=ADDRESS[/BITS]", "name=HOST" where HOST may begin with "*.".
  static Result<Filter> parse(const std::vector<std::string>& conditions);

  bool passes(const inspect::ConnectionRecord& connection) const;

 private:
  struct Condition {
    enum class Kind { failed, untrusted, mismatch, fault, peer, name } kind;
    std::string text;                        ///< a fault's name, or a host in lower case
    std::array<std::uint8_t, 16> address{};  ///< of a peer, IPv4 as IPv4-mapped
    unsigned bits = 128;
  };
  static bool holds(const Condition& condition, const inspect::ConnectionRecord& connection);

  std::vector<Condition> conditions_;
};

}  // namespace mailtap::trace
