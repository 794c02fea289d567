// Certificates and lists by name, for headers that only pass them on.
#pragma once

#include <memory>

namespace mailtap::certs {

struct Certificate;  // certificate.h
using CertificatePtr = std::shared_ptr<const Certificate>;
struct Crl;  // crl.h
using CrlPtr = std::shared_ptr<const Crl>;

}  // namespace mailtap::certs
