// Where a certificate says its issuer's certificate (authorityInfoAccess, RFC 5280 section 4.2.2.1) and the
// list of what its issuer revoked (cRLDistributionPoints, section 4.2.1.13) are to be had. Of both only
// http:// URLs: ldap and the rest are left out, and so are all when the extension can't be read.
#pragma once

#include <string>
#include <vector>

#include "certs/model/certificate.h"

namespace mailtap::certs {

/// Of caIssuers, in order.
std::vector<std::string> issuer_urls(const Certificate& certificate);
/// Of OCSP responders, in order.
std::vector<std::string> responder_urls(const Certificate& certificate);
/// In order; none of points that speak of some reasons only, or of lists that somebody else signs.
std::vector<std::string> list_urls(const Certificate& certificate);
/// Every address of a revocation list that it names, of whatever scheme (AD CS writes ldap://) and for
/// whichever reasons.
std::vector<std::string> list_locations(const Certificate& certificate);

// The same of the extensions' values alone.
std::vector<std::string> issuer_urls_of_extension(Bytes value);
std::vector<std::string> list_urls_of_extension(Bytes value);

/// Whether an authorityInfoAccess can be read: a list of methods, each with a GeneralName, and not empty.
bool is_well_formed_access(Bytes value);

}  // namespace mailtap::certs
