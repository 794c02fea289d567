// What a person wants to know of a certificate.
#pragma once

#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/text.h"

namespace mailtap::certs {

struct CertificateSummary {
  std::string subject;  ///< RFC 4514 order reversed as openssl prints it: "C=VN, O=Contoso, CN=mail"
  std::string issuer;
  std::string serial;  ///< hex
  Time not_before;
  Time not_after;
  std::string key;                 ///< "RSA 2048", "EC P-256", "Ed25519"
  std::string signature;           ///< "sha256WithRSAEncryption", "ecdsa-with-SHA256"
  std::string sha256;              ///< of the certificate's DER, hex
  std::vector<std::string> names;  ///< of its subjectAltName: DNS names and IP addresses
  bool readable = true;            ///< else nothing but sha256 is known
};

/// Of certificates in DER, in their order. Of one that can't be parsed only its sha256 is known.
std::vector<CertificateSummary> summaries_of(const std::vector<Buffer>& chain);

struct Certificate;
CertificateSummary summary_of(const Certificate& certificate);
/// Of bytes that are no certificate: their sha256 alone.
CertificateSummary summary_of_unreadable(Bytes der);

}  // namespace mailtap::certs
