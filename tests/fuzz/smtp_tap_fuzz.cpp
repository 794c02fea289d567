// See mail_tap_fuzz.h.
#include "mail_tap_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return mailtap::inspect::fuzz::mail_tap(mailtap::config::Protocol::smtp, data, size);
}
