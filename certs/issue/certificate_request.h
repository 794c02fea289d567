// A certificate signing request (PKCS #10, RFC 2986), as Exchange's New-ExchangeCertificate, IIS and certreq
// make them.
#pragma once

#include <string>
#include <vector>

#include "certs/issue/private_key.h"
#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::certs {

struct CertificateRequest {
  Buffer subject;     ///< a Name in DER; empty: it has none
  Buffer public_key;  ///< subjectPublicKeyInfo, DER
  KeySpec key_type;   ///< nothing for keys that are neither RSA nor on a curve of mbedTLS
  /// DNS names and addresses of its subjectAltName; where it has none, the subject's CN if that can be a
  /// name.
  std::vector<std::string> names;
  /// What else it asks for and a server's certificate of ours doesn't get: a phrase each.
  std::vector<std::string> left_out;
};

/// PEM (in UTF-16 too, as certreq may write it) or DER; the extensions under PKCS #9's or Microsoft's
/// attribute. Its signature, which proves that the key is the requester's, is verified. `origin` (a file's
/// name) begins the error sentences.
Result<CertificateRequest> parse_certificate_request(const std::string& content, const std::string& origin);

}  // namespace mailtap::certs
