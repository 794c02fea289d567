#include "certs/model/content_kind.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "certs/asn1/der.h"
#include "certs/asn1/oids.h"
#include "certs/model/pem.h"

namespace mailtap::certs {

namespace {

/// An element's tag and what is in it, by a definite length or, as BER may have it, by none.
struct Outline {
  std::uint8_t tag = 0;
  Bytes inside;
};

/// The elements at the beginning of a level. Unlike der::Reader it doesn't mind BER: a PFX of Windows and
/// a PKCS#7 of Java have indefinite lengths. It only looks at outlines, so it stops at what it can't skip.
std::vector<Outline> outlines_of(Bytes bytes, std::size_t most) {
  std::vector<Outline> found;
  while (bytes.size() >= 2 && found.size() < most) {
    if ((bytes[0] & 0x1f) == 0x1f) break;
    std::size_t size = bytes[1], header = 2;
    if (size == 0x80) {
      found.push_back({bytes[0], bytes.subspan(2)});
      break;  // where it ends isn't known without reading it
    }
    if (size > 0x80) {
      const std::size_t octets = size & 0x7f;
      if (octets > 4 || bytes.size() < 2 + octets) break;
      size = 0;
      for (std::size_t i = 0; i < octets; ++i) size = size << 8 | bytes[2 + i];
      header += octets;
    }
    // A file that was cut short is still what it is.
    const auto there = std::min(size, bytes.size() - header);
    found.push_back({bytes[0], bytes.subspan(header, there)});
    bytes = bytes.subspan(header + there);
  }
  return found;
}

bool has_tag(const std::vector<Outline>& parts, std::size_t index, std::uint8_t tag) {
  return index < parts.size() && parts[index].tag == tag;
}

/// SEQUENCE { OBJECT IDENTIFIER ... }
bool is_algorithm(const std::vector<Outline>& parts, std::size_t index) {
  return has_tag(parts, index, der::tag_sequence) &&
         has_tag(outlines_of(parts[index].inside, 1), 0, der::tag_oid);
}

bool is_number(const Outline& part, std::uint8_t number) {
  return part.tag == der::tag_integer && part.inside.size() == 1 && part.inside[0] == number;
}

/// A certificate, a list and a request are all content, algorithm and signature. So is an attribute
/// certificate, or a key with a challenge (SPKAC), which is none of these.
ContentKind kind_of_signed(Bytes content) {
  const auto fields = outlines_of(content, 4);
  const auto first = std::size_t{has_tag(fields, 0, der::tag_integer)};
  // The request's version is no mark of it: certbot once wrote 3 where RFC 2986 knows but 1.
  if (first == 1 && fields[0].inside.size() == 1 && has_tag(fields, 1, der::tag_sequence) &&
      !is_algorithm(fields, 1) && has_tag(fields, 2, der::tag_sequence) &&
      is_algorithm(outlines_of(fields[2].inside, 1), 0))
    return ContentKind::request;
  const bool dated =
      has_tag(fields, first + 2, der::tag_utc_time) || has_tag(fields, first + 2, der::tag_generalized_time);
  if (is_algorithm(fields, first) && dated) return ContentKind::revocation_list;
  const bool has_version = has_tag(fields, 0, der::context_constructed(0));
  return has_version || is_algorithm(fields, first) ? ContentKind::certificate : ContentKind::nothing;
}

ContentKind kind_of_sequence(Bytes inside) {
  const auto parts = outlines_of(inside, 4);
  if (parts.empty()) return ContentKind::nothing;
  const auto& first = parts.front();
  if (first.tag == der::tag_oid)
    return as_text(first.inside).starts_with(oid::pkcs7) ? ContentKind::pkcs7 : ContentKind::parameters;
  if (first.tag == der::tag_enumerated) return ContentKind::ocsp_response;
  if (first.tag == der::tag_integer) {
    if (is_number(first, 3) && is_algorithm(parts, 1)) return ContentKind::pfx;
    const bool is_version = is_number(first, 0) || is_number(first, 1);
    if (is_version && is_algorithm(parts, 1) && has_tag(parts, 2, der::tag_octet_string))
      return ContentKind::private_key;
    if (is_version && has_tag(parts, 1, der::tag_octet_string)) return ContentKind::private_key;  // SEC 1
    if (is_number(first, 0) && has_tag(parts, 3, der::tag_integer))
      return ContentKind::private_key;  // PKCS#1
    if (has_tag(parts, 1, der::tag_integer))
      return parts.size() == 2 ? ContentKind::public_key : ContentKind::parameters;
    return ContentKind::nothing;
  }
  if (first.tag != der::tag_sequence) return ContentKind::nothing;
  if (is_algorithm(parts, 0) && parts.size() == 2) {
    if (has_tag(parts, 1, der::tag_octet_string)) return ContentKind::encrypted_key;
    if (has_tag(parts, 1, der::tag_bit_string)) return ContentKind::public_key;
  }
  if (is_algorithm(parts, 1)) return kind_of_signed(first.inside);
  return ContentKind::nothing;
}

constexpr std::array<std::pair<std::string_view, ContentKind>, 19> labels{{
    {"CERTIFICATE", ContentKind::certificate},
    {"X509 CERTIFICATE", ContentKind::certificate},
    {"TRUSTED CERTIFICATE", ContentKind::certificate},
    {"CERTIFICATE REQUEST", ContentKind::request},
    {"NEW CERTIFICATE REQUEST", ContentKind::request},
    {"X509 CRL", ContentKind::revocation_list},
    {"PKCS7", ContentKind::pkcs7},
    {"CMS", ContentKind::pkcs7},
    {"PKCS12", ContentKind::pfx},
    {"PRIVATE KEY", ContentKind::private_key},
    {"RSA PRIVATE KEY", ContentKind::private_key},
    {"EC PRIVATE KEY", ContentKind::private_key},
    {"DSA PRIVATE KEY", ContentKind::private_key},
    {"ENCRYPTED PRIVATE KEY", ContentKind::encrypted_key},
    {"PUBLIC KEY", ContentKind::public_key},
    {"RSA PUBLIC KEY", ContentKind::public_key},
    {"OPENSSH PRIVATE KEY", ContentKind::ssh_key},
    {"SSH2 PUBLIC KEY", ContentKind::ssh_key},
    {"SSH2 ENCRYPTED PRIVATE KEY", ContentKind::ssh_key},
}};

/// What a block is, whatever its label says.
ContentKind kind_of_block(const PemBlock& block) {
  if (const auto kind = kind_of_der(block.content); kind != ContentKind::nothing) return kind;
  const auto known = std::find_if(labels.begin(), labels.end(),
                                  [&](const auto& label) { return label.first == block.label; });
  if (known != labels.end()) return known->second;
  if (block.label.starts_with("PGP ")) return ContentKind::pgp;
  return block.label.ends_with(" PARAMETERS") ? ContentKind::parameters : ContentKind::nothing;
}

ContentKind kind_of_pem(std::string_view text) {
  auto kind = ContentKind::nothing;
  const auto blocks = parse_pem(text);
  if (!blocks) return kind;
  for (const auto& block : *blocks) {
    const auto one = kind_of_block(block);
    if (kind == ContentKind::nothing || kind == ContentKind::certificate || kind == ContentKind::parameters)
      if (one != ContentKind::nothing) kind = one;
  }
  return kind;
}

}  // namespace

ContentKind kind_of_der(Bytes der) {
  const auto outer = outlines_of(der, 1);
  return has_tag(outer, 0, der::tag_sequence) ? kind_of_sequence(outer.front().inside) : ContentKind::nothing;
}

ContentKind kind_of_content(std::string_view content) {
  using namespace std::string_view_literals;
  if (content.starts_with("\xfe\xed\xfe\xed"sv) || content.starts_with("\xce\xce\xce\xce"sv))
    return ContentKind::java_keystore;
  if (content.starts_with("\0\0\0\0CERT"sv)) return ContentKind::windows_store;
  const auto text = text_of_file(content);
  if (is_pem(text)) return kind_of_pem(text);
  for (const auto begin : {"ssh-"sv, "ecdsa-sha2-"sv, "PuTTY-User-Key-File"sv})
    if (text.starts_with(begin)) return ContentKind::ssh_key;
  if (const auto bare = der_of_bare_base64(text)) return kind_of_der(*bare);
  return kind_of_der(as_bytes(content));
}

std::string_view to_string(ContentKind kind) {
  switch (kind) {
    case ContentKind::nothing: break;
    case ContentKind::certificate: return "a certificate";
    case ContentKind::pkcs7: return "a PKCS#7 message without certificates";
    case ContentKind::pfx: return "a PFX (PKCS#12)";
    case ContentKind::request: return "a certificate request (PKCS#10)";
    case ContentKind::revocation_list: return "a revocation list (CRL)";
    case ContentKind::private_key: return "a private key";
    case ContentKind::encrypted_key: return "an encrypted private key";
    case ContentKind::public_key: return "a public key";
    case ContentKind::parameters: return "parameters of keys";
    case ContentKind::ocsp_response: return "an OCSP response";
    case ContentKind::java_keystore: return "a Java keystore";
    case ContentKind::windows_store: return "a Windows certificate store (.sst)";
    case ContentKind::ssh_key: return "an SSH key";
    case ContentKind::pgp: return "an OpenPGP message or key";
  }
  return {};
}

std::string without_certificate(std::string_view content) {
  const auto kind = kind_of_content(content);
  if (kind == ContentKind::nothing || kind == ContentKind::certificate)
    return content.empty()
               ? "is empty; export the certificate anew"
               : "holds no certificate (PEM, DER and PKCS#7 are understood); give the certificate's file";
  auto what = "holds no certificate: it is " + std::string(to_string(kind));
  switch (kind) {
    case ContentKind::pfx:
      return what +
             "; take out what is in it: mailtap ca import-pfx --pfx FILE --cert CERT.pem --key KEY.pem";
    case ContentKind::request: return what + "; give the certificate that the CA made of it";
    case ContentKind::revocation_list: return what + "; such lists are given with --crl";
    case ContentKind::private_key:
    case ContentKind::encrypted_key: return what + "; give the file of its certificate";
    case ContentKind::public_key:
    case ContentKind::ssh_key: return what + "; give the certificate, as PEM (BEGIN CERTIFICATE) or DER";
    case ContentKind::java_keystore: return what + "; take the certificates out: keytool -exportcert -rfc";
    case ContentKind::windows_store: return what + "; export it as PKCS#7 (.p7b)";
    default: return what;
  }
}

std::string without_key(std::string_view content) {
  const auto kind = kind_of_content(content);
  switch (kind) {
    case ContentKind::nothing:
      if (content.empty()) return "is empty; export the private key anew";
      return "holds no private key (PEM and DER are understood); give the file of the certificate's key";
    case ContentKind::private_key: return "holds a private key that can't be read; export it anew";
    case ContentKind::encrypted_key: return "the private key is encrypted";
    case ContentKind::pfx:
      return "is a PFX (PKCS#12); take out what is in it: mailtap ca import-pfx --pfx FILE --cert CERT.pem "
             "--key KEY.pem";
    case ContentKind::certificate: return "holds a certificate and no private key; give the file of its key";
    case ContentKind::ssh_key:
      return "holds an SSH key; give the certificate's own key, as PEM (BEGIN PRIVATE KEY)";
    default:
      return "holds no private key: it is " + std::string(to_string(kind)) +
             "; give the file of the certificate's private key";
  }
}

}  // namespace mailtap::certs
