// Does a certificate name the server that was asked for? RFC 6125 and RFC 9525: subjectAltName only, DNS
// names and IP addresses each by their own type, a wildcard only as the whole left-most label.
#pragma once

#include <string_view>

#include "certs/model/names.h"

namespace mailtap::certs {

struct NameMatch {
  bool matches = false;
  bool legacy_cn = false;  ///< nothing in the SAN matches, but the subject's common name does
  /// An address that stands in a dNSName: Windows compares the URL's host with dNSNames as text, whatever it
  /// is.
  bool address_as_dns = false;
};
NameMatch match_name(const Certificate& leaf, const ReferenceName& reference);

/// A presented dNSName, wildcard or not, against a name in reference form.
bool dns_name_matches(std::string_view presented, std::string_view reference);

}  // namespace mailtap::certs
