// Names of users and mailboxes, made fit for the log as the route asks.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "config/enums.h"

namespace mailtap::inspect {

/// Immutable, shared by threads. The same name has the same pseudonym as long as the process runs, whatever
/// the case of its letters; the next process has others, so that nobody finds a name by trying.
class Pseudonyms {
 public:
  /// `previous`: those of the same route before a reload, which these agree with; null at start.
  static Result<Pseudonyms> make(config::NameDisplay display, const Pseudonyms* previous = nullptr);

  /// "~3f9a1c04d2" (hash), "*" (cut), or `name` itself, bounded (plain); empty for an empty name.
  std::string of(std::string_view name) const;

 private:
  Pseudonyms(config::NameDisplay display, const std::array<std::uint8_t, 32>& key)
      : display_(display), key_(key) {}

  config::NameDisplay display_;
  std::array<std::uint8_t, 32> key_;
};

}  // namespace mailtap::inspect
