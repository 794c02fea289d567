// Who issued it: nobody else, a company's own CA, or a public one.
#pragma once

#include <string>

#include "certs/verify/fault.h"

namespace mailtap::certs {

class CertificateSet;
class SignatureChecker;
struct Certificate;
struct Path;

/// Public: the path leads to one of `public_roots`, which must have signed it.
Kind kind_of(const Path& path, const CertificateSet& public_roots, SignatureChecker& signatures);

/// The AD CS template that the certificate was made from: its name (1.3.6.1.4.1.311.20.2), else its OID
/// (1.3.6.1.4.1.311.21.7); empty when AD CS didn't make it so.
std::string template_name_of(const Certificate& certificate);

/// Made by Active Directory Certificate Services, by any of its marks.
bool is_ad_cs(const Certificate& certificate);

}  // namespace mailtap::certs
