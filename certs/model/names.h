// Names of servers: as certificates have them (subjectAltName, else the common name), and as they are asked
// for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "certs/model/certificate.h"
#include "config/base/language.h"

namespace mailtap::certs {

/// The name asked for, in the form that certificates have it.
struct ReferenceName {
  enum class Form { invalid, dns, ip } form = Form::invalid;
  std::string dns;  ///< A-labels, lower case, no trailing dot
  Buffer ip;        ///< 4 or 16 bytes
};

/// A DNS name with A- or U-labels, perhaps with a trailing dot, or an IP address, perhaps in brackets.
ReferenceName reference_name(std::string_view name);

/// Labels of 1 to 63 letters, digits, hyphens (and underscores, which servers in the wild have), 253 in all.
bool is_dns_name(std::string_view name);
/// The same in RFC 1034's preferred syntax: no underscore, no hyphen at a label's end.
bool is_preferred_dns_name(std::string_view name);

/// What the leaf is for: the SAN's DNS names and addresses, else the common names.
std::vector<std::string> names_of(const Certificate& leaf);
/// The SAN's DNS names and addresses as text.
std::vector<std::string> alternative_names(const Certificate& certificate);

/// A name of a certificate's that a reader would take for another: quoted, and with what isn't seen, a blank
/// or a dot at the end. Others are as they are.
std::string name_for_people(const std::string& name, Language language);

/// 4 or 16 bytes, of an address perhaps in brackets; empty: it is none.
Buffer parse_ip(std::string_view text);
/// "192.0.2.1", "2001:db8::1"; empty unless 4 or 16 bytes.
std::string ip_text(Bytes address);

}  // namespace mailtap::certs
