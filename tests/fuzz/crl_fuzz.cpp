// A revocation list: parsed or refused, and every entry that was read is found again.
#include <cstdlib>

#include "certs/model/crl.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto crl = mailtap::certs::parse_crl({data, size});
  if (!crl) return 0;
  for (const auto& entry : (*crl)->revoked)
    if ((*crl)->find(entry.serial) == nullptr) std::abort();
  return 0;
}
