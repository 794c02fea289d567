#include "certs/issue/raw_certificate.h"

#include "certs/asn1/oids.h"
#include "certs/model/signature.h"

namespace mailtap::certs {

namespace {

/// Extensions that other readers may refuse are repeated all the same: an explicit FALSE, say.
bool read_extensions(Bytes wrapped, std::vector<Extension>& extensions) {
  const auto list = der::only(wrapped, der::tag_sequence);
  if (!list) return false;
  for (der::Reader reader(list->value); !reader.done();) {
    const auto one = reader.next(der::tag_sequence);
    if (!one) return false;
    der::Reader fields(one->value);
    const auto oid = fields.next(der::tag_oid);
    const auto critical = fields.next(der::tag_boolean);
    const auto value = fields.next(der::tag_octet_string);
    if (!oid || !value || !fields.done() || (critical && critical->value.size() != 1)) return false;
    extensions.push_back({oid->value, critical && critical->value[0] != 0, value->value});
  }
  return true;
}

bool read_to_be_signed(Bytes content, RawCertificate& certificate) {
  der::Reader fields(content);
  const auto take = [&fields](std::uint8_t tag, Bytes& into) {
    const auto element = fields.next(tag);
    if (element) into = element->whole;
    return element.has_value();
  };
  Bytes inner_algorithm;
  take(der::context_constructed(0), certificate.version);
  if (!take(der::tag_integer, certificate.serial) || !take(der::tag_sequence, inner_algorithm) ||
      !take(der::tag_sequence, certificate.issuer) || !take(der::tag_sequence, certificate.validity) ||
      !take(der::tag_sequence, certificate.subject) || !take(der::tag_sequence, certificate.public_key))
    return false;
  for (const auto tag : {der::context(1), der::context(2)}) {
    Bytes id;
    if (!take(tag, id)) continue;
    certificate.unique_ids =
        certificate.unique_ids.empty() ? id : Bytes(certificate.unique_ids.data(), id.data() + id.size());
  }
  if (const auto extensions = fields.next(der::context_constructed(3));
      extensions && !read_extensions(extensions->value, certificate.extensions))
    return false;
  return fields.done();
}

}  // namespace

std::optional<Bytes> RawCertificate::extension(std::string_view oid) const {
  for (const auto& one : extensions)
    if (oid::is(one.oid, oid)) return one.value;
  return std::nullopt;
}

Bytes RawCertificate::subject_key_id() const {
  const auto value = extension(oid::subject_key_id);
  const auto identifier = value ? der::Reader(*value).next(der::tag_octet_string) : std::nullopt;
  return identifier ? identifier->value : Bytes{};
}

Bytes RawCertificate::authority_key_id() const {
  const auto value = extension(oid::authority_key_id);
  const auto list = value ? der::Reader(*value).next(der::tag_sequence) : std::nullopt;
  const auto identifier = list ? der::Reader(list->value).next(der::context(0)) : std::nullopt;
  return identifier ? identifier->value : Bytes{};
}

std::optional<RawCertificate> parse_raw_certificate(Bytes der) {
  const auto whole = der::only(der, der::tag_sequence);
  if (!whole) return std::nullopt;
  der::Reader parts(whole->value);
  RawCertificate certificate;
  const auto to_be_signed = parts.next(der::tag_sequence);
  if (!to_be_signed || !read_to_be_signed(to_be_signed->value, certificate)) return std::nullopt;
  certificate.to_be_signed = to_be_signed->whole;
  const auto element = parts.next(der::tag_sequence);
  const auto algorithm = element ? parse_algorithm(*element) : std::nullopt;
  const auto signature = parts.next(der::tag_bit_string);
  if (!algorithm || !signature || !parts.done() || signature->value.empty()) return std::nullopt;
  certificate.signature_algorithm = *algorithm;
  certificate.signature = signature->value.subspan(1);  // the count of unused bits
  return certificate;
}

std::optional<bool> is_signed_by(const RawCertificate& certificate, Bytes public_key) {
  const auto check = verify_signature(certificate.to_be_signed, certificate.signature_algorithm,
                                      certificate.signature, public_key);
  if (check == SignatureCheck::unsupported) return std::nullopt;
  return check == SignatureCheck::good;
}

}  // namespace mailtap::certs
