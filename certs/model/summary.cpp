#include "certs/model/summary.h"

#include "certs/model/certificate.h"
#include "certs/model/names.h"
#include "certs/model/signature.h"

namespace mailtap::certs {

CertificateSummary summary_of(const Certificate& c) {
  return {c.subject.text(),
          c.issuer.text(),
          to_hex(c.serial),
          c.not_before,
          c.not_after,
          c.key.text,
          describe_signature(c.signature_algorithm).name,
          to_hex(c.sha256),
          alternative_names(c),
          /*readable=*/true};
}

CertificateSummary summary_of_unreadable(Bytes der) {
  CertificateSummary summary{};
  summary.sha256 = to_hex(sha256_of(der));
  summary.readable = false;
  return summary;
}

std::vector<CertificateSummary> summaries_of(const std::vector<Buffer>& chain) {
  std::vector<CertificateSummary> summaries;
  for (const auto& der : chain) {
    const auto certificate = parse_certificate(der);
    summaries.push_back(certificate ? summary_of(**certificate) : summary_of_unreadable(der));
  }
  return summaries;
}

}  // namespace mailtap::certs
