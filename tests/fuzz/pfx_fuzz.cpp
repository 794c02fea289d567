#include "certs/issue/pfx.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)certs::read_pfx({data, size}, "geheim", "fuzz.pfx");
  return 0;
}
