#include "certs/verify/kind.h"

#include <algorithm>

#include "certs/asn1/oids.h"
#include "certs/verify/path.h"

namespace mailtap::certs {

namespace {

/// AD CS writes it as a BMPString; what a terminal shouldn't see is left out.
std::string template_text(Bytes value) {
  der::Reader reader(value);
  const auto string = reader.next();
  if (!string || !reader.done()) return {};
  std::string text;
  const std::size_t width = string->tag == der::tag_bmp_string ? 2 : 1;
  for (std::size_t i = width - 1; i < string->value.size(); i += width) {
    const auto high = width == 2 ? string->value[i - 1] : 0;
    const auto low = string->value[i];
    text += high == 0 && low >= 0x20 && low < 0x7f ? static_cast<char>(low) : '?';
  }
  return text;
}

bool links_to_directory(const Certificate& certificate) {
  for (const auto extension : {oid::crl_distribution_points, oid::authority_info_access})
    if (const auto* found = certificate.find(extension);
        found != nullptr && as_text(found->value).find("ldap:///") != std::string_view::npos)
      return true;
  return false;
}

bool has_public_root(const Path& path, const CertificateSet& roots, SignatureChecker& signatures) {
  const auto& last = *path.certificates.back();
  if (roots.contains(last)) return true;
  const auto& candidates = roots.with_subject(last.issuer);
  return std::any_of(candidates.begin(), candidates.end(), [&](const auto& root) {
    return key_ids_may_match(last, *root) && signatures.check(last, root->spki) == SignatureCheck::good;
  });
}

}  // namespace

bool is_ad_cs(const Certificate& certificate) {
  return certificate.find(oid::ms_template_name) != nullptr ||
         certificate.find(oid::ms_template) != nullptr ||
         certificate.find(oid::ms_application_policies) != nullptr || links_to_directory(certificate);
}

std::string template_name_of(const Certificate& certificate) {
  if (const auto* name = certificate.find(oid::ms_template_name)) return template_text(name->value);
  if (const auto* id = certificate.find(oid::ms_template)) {
    const auto sequence = der::only(id->value, der::tag_sequence);
    der::Reader reader(sequence ? sequence->value : Bytes{});
    if (const auto oid = reader.next(der::tag_oid)) return der::oid_text(oid->value);
  }
  return {};
}

Kind kind_of(const Path& path, const CertificateSet& public_roots, SignatureChecker& signatures) {
  if (has_public_root(path, public_roots, signatures)) return Kind::public_ca;
  const auto& leaf = *path.certificates.front();
  const bool lone = path.certificates.size() == 1;
  if (lone && leaf.self_issued() && signatures.check(leaf, leaf.spki) != SignatureCheck::bad)
    return Kind::self_signed;
  const bool ad_cs = std::any_of(path.certificates.begin(), path.certificates.end(),
                                 [](const auto& c) { return is_ad_cs(*c); });
  // A chain that leads to a root which the system doesn't have is somebody's own.
  if (ad_cs || path.end != PathEnd::no_issuer) return Kind::private_pki;
  return Kind::unknown;
}

}  // namespace mailtap::certs
