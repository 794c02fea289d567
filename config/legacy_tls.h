// The versions of TLS that are spoken only where a route asks for them.
#pragma once

namespace mailtap::config {

/// Where versions before TLS 1.2 are spoken (docs/legacy.md).
struct LegacyTls {
  bool upstream = false;
  bool downstream = false;
  bool ssl3 = false;  ///< SSL 3.0 too, on those sides

  bool any() const { return upstream || downstream; }
  bool operator==(const LegacyTls&) const = default;
};

}  // namespace mailtap::config
