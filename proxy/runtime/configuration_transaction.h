// A new configuration's way into force, at start and on a reload: all of it, or nothing.
//
//   prepare()   files are read, keys checked, addresses bound; on any thread       may fail
//   open()      what is written to is opened; on the main thread                   may fail
//   apply()     it takes the place of the one in force; on the main thread         can't fail
//
// Whatever fails, the configuration in force is as it was: what was prepared and opened goes with the
// transaction.
#pragma once

#include <memory>
#include <vector>

#include "config/base/result.h"
#include "config/settings.h"

namespace mailtap::proxy {

/// One part of the process that has a configuration. Made for one transaction, it holds what is new until
/// apply(), and drops it when it is destroyed without.
class ConfigurationPart {
 public:
  virtual ~ConfigurationPart() = default;
  /// Changes nothing that is in force, and may run beside it on another thread. An error says what to do.
  virtual Result<void> prepare(const config::Settings& settings) = 0;
  /// Changes nothing that is in force either.
  virtual Result<void> open() { return {}; }
  virtual void apply() = 0;
};

class ConfigurationTransaction {
 public:
  using Parts = std::vector<std::unique_ptr<ConfigurationPart>>;
  /// A part may use what those before it have prepared.
  explicit ConfigurationTransaction(Parts parts) : parts_(std::move(parts)) {}

  Result<void> prepare(const config::Settings& settings);
  /// Fails too if it isn't prepared.
  Result<void> open();
  /// Only once, and after open(). Otherwise it does nothing.
  void apply();

 private:
  enum class Stage { begun, prepared, opened, over };
  Result<void> failed(Error error);

  Parts parts_;
  Stage stage_ = Stage::begun;
};

}  // namespace mailtap::proxy
