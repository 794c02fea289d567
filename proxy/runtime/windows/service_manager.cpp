#include "proxy/runtime/service_manager.h"

namespace mailtap::proxy {

// systemd's protocol has no counterpart here: nobody is told.

ServiceManager ServiceManager::from_environment() {
  return {};
}

void ServiceManager::notify(std::string_view /*state*/) const {}

void ServiceManager::notify_reloading() const {}

bool is_journal(int /*descriptor*/) {
  return false;
}

}  // namespace mailtap::proxy
