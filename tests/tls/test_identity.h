// Keys and certificates for tests, made on the spot.
#pragma once

#include <string>
#include <vector>

#include "certs/model/identity.h"

namespace mailtap::tests {

enum class KeyType { rsa1024, rsa2048, rsa3072, p256 };

struct Extension {
  Buffer oid;    ///< DER contents, without tag and length
  Buffer value;  ///< the extension's DER
  bool critical = false;
};

struct CertificateOptions {
  KeyType key = KeyType::p256;
  std::string subject = "CN=mail.example";
  std::vector<Extension> extensions;
};

struct MadeCertificate {
  Buffer der;
  Buffer key;  ///< PKCS#1 or SEC1 DER
};

/// Self-signed. RSA keys are made once a process: they cost a second under sanitizers.
MadeCertificate make_certificate(const CertificateOptions& options = {});

/// A self-signed identity, followed by whatever else it shall send.
certs::IdentityPtr make_identity(const CertificateOptions& options = {},
                                 const std::vector<Buffer>& more_certificates = {});

}  // namespace mailtap::tests
