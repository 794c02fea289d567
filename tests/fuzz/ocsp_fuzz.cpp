// An OCSP response, parsed or refused, and judged for a certificate that it may be about; and what a list of
// timestamps in it holds.
#include <cstdlib>

#include "certs/model/ocsp.h"
#include "certs/model/signature_memo.h"
#include "certs/model/timestamps.h"
#include "certs/verify/ocsp.h"
#include "certs/verify/path.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  certs::parse_timestamps({data, size});
  const auto response = certs::parse_ocsp_response({data, size});
  if (!response) return 0;
  (void)(*response)->responder();
  for (const auto& single : (*response)->singles) certs::parse_timestamps(single.timestamps);
  // The certificates in it stand for the one that is asked about and for its issuer.
  std::vector<certs::CertificatePtr> certificates;
  for (const auto& der : (*response)->certificates)
    if (auto certificate = certs::parse_certificate(der)) certificates.push_back(*certificate);
  const auto at = (*response)->singles.empty() ? Time{} : (*response)->singles.front().this_update;
  certs::SignatureMemo memo;
  certs::SignatureChecker signatures(memo, 16);
  for (const auto& leaf : certificates) {
    for (const auto& issuer : certificates) {
      const auto judged = certs::judge_ocsp(**response, *leaf, issuer.get(), at, signatures);
      if (judged.state == certs::OcspState::good && (*response)->find(*leaf, *issuer) == nullptr)
        std::abort();
    }
    if (certs::judge_ocsp(**response, *leaf, nullptr, at, signatures).state == certs::OcspState::good)
      std::abort();
    certs::ocsp_request(*leaf, *leaf);
    (void)certs::demands_staple(*leaf);
  }
  return 0;
}
