#include "certs/issue/certificate_request.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)certs::parse_certificate_request(std::string(as_text({data, size})), "fuzz.csr");
  return 0;
}
