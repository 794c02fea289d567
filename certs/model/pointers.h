// Certificates and lists by name, for headers that only pass them on.
#pragma once

#include <memory>

namespace mailtap::certs {

struct Certificate;  // certificate.h
using CertificatePtr = std::shared_ptr<const Certificate>;
struct Crl;  // crl.h
using CrlPtr = std::shared_ptr<const Crl>;
struct OcspResponse;  // ocsp.h
using OcspPtr = std::shared_ptr<const OcspResponse>;
struct Stapled;  // stapled.h
using StapledPtr = std::shared_ptr<const Stapled>;

}  // namespace mailtap::certs
