#include "proxy/runtime/configuration_transaction.h"

#include <cassert>
#include <utility>

namespace mailtap::proxy {

Result<void> ConfigurationTransaction::prepare(const config::Settings& settings) {
  assert(stage_ == Stage::begun);
  for (const auto& part : parts_)
    if (auto prepared = part->prepare(settings); !prepared) return failed(prepared.error());
  stage_ = Stage::prepared;
  return {};
}

Result<void> ConfigurationTransaction::open() {
  if (stage_ != Stage::prepared) return failed({"the configuration isn't prepared"});
  for (const auto& part : parts_)
    if (auto opened = part->open(); !opened) return failed(opened.error());
  stage_ = Stage::opened;
  return {};
}

void ConfigurationTransaction::apply() {
  assert(stage_ == Stage::opened);
  if (stage_ != Stage::opened) return;
  for (const auto& part : parts_) part->apply();
  stage_ = Stage::over;
}

/// What was prepared and opened is dropped at once, the last first.
Result<void> ConfigurationTransaction::failed(Error error) {
  stage_ = Stage::over;
  while (!parts_.empty()) parts_.pop_back();
  return tl::unexpected(std::move(error));
}

}  // namespace mailtap::proxy
