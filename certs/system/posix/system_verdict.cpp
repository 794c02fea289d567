#include "certs/system/system_verdict.h"

namespace mailtap::certs {

bool system_judges() {
  return false;
}

SystemVerdict ask_system(const std::vector<Buffer>& /*chain*/, const std::string& /*name*/, Time /*at*/,
                         bool /*may_fetch*/) {
  SystemVerdict none;
  none.failure = 50;  // ERROR_NOT_SUPPORTED
  return none;
}

}  // namespace mailtap::certs
