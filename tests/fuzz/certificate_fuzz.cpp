// A certificate: whatever the bytes, it is parsed or refused, and what is parsed can be described.
#include <cstdlib>

#include "certs/model/certificate.h"
#include "certs/model/signature.h"
#include "certs/verify/kind.h"
#include "certs/verify/name_matching.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap::certs;
  const auto certificate = parse_certificate({data, size});
  if (!certificate) return 0;
  const auto& c = **certificate;
  // What we took for a certificate is all of the bytes.
  if (c.der.size() != size) std::abort();
  (void)names_of(c);
  (void)c.subject.text();
  (void)c.short_name();
  (void)template_name_of(c);
  (void)describe_signature(c.signature_algorithm);
  (void)match_name(c, reference_name("mail.example.com"));
  (void)match_name(c, reference_name("192.0.2.1"));
  return 0;
}
