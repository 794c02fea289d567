// A file given to --trust or as a CRL: PEM, DER or PKCS#7.
#include "certs/model/certificate.h"
#include "certs/model/content_kind.h"
#include "certs/model/pem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap;
  const auto content = as_text({data, size});
  if (const auto found = certs::certificates_in(content))
    for (const auto& der : *found) (void)certs::parse_certificate(der);
  (void)certs::crls_in(content);
  (void)certs::without_certificate(content);
  return 0;
}
