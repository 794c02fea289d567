// X.501 names, compared as RFC 5280 section 7.1 asks: letter case and runs of spaces don't matter, nor
// does the string type.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/asn1/der.h"

namespace mailtap::certs {

struct NameAttribute {
  Bytes oid;
  std::uint8_t tag = 0;
  Bytes value;
};

/// Views into the certificate's DER.
struct DistinguishedName {
  std::vector<std::vector<NameAttribute>> rdns;
  std::vector<std::string> comparable;  ///< one string an RDN: equal names have equal strings

  bool empty() const { return rdns.empty(); }
  bool operator==(const DistinguishedName& other) const { return comparable == other.comparable; }
  /// True if `this` is `other` or stands below it in the directory (RFC 5280 section 4.2.1.10).
  bool within(const DistinguishedName& other) const;
  /// As openssl prints it: "C=VN, O=Contoso, CN=mail".
  std::string text() const;
  /// The values of every attribute of that type, as UTF-8.
  std::vector<std::string> values(std::string_view oid) const;
  /// One string for look-ups.
  std::string key() const;
};

/// From the content of a Name SEQUENCE.
std::optional<DistinguishedName> parse_name(Bytes rdn_sequence);

}  // namespace mailtap::certs
