#include "certs/model/placeholder.h"

#include "certs/asn1/der_writer.h"
#include "certs/asn1/oids.h"

namespace mailtap::certs {

Bytes public_key_of(Bytes certificate) {
  const auto whole = der::Reader(certificate).next(der::tag_sequence);
  const auto tbs = whole ? der::Reader(whole->value).next(der::tag_sequence) : std::nullopt;
  der::Reader fields(tbs ? tbs->value : Bytes{});
  fields.next(der::context_constructed(0));  // the version
  if (!fields.next(der::tag_integer)) return {};
  // Signature algorithm, issuer, validity, subject.
  for (int i = 0; i < 4; ++i)
    if (!fields.next(der::tag_sequence)) return {};
  const auto key = fields.next(der::tag_sequence);
  return key ? key->whole : Bytes{};
}

Buffer placeholder_for(Bytes certificate) {
  const auto public_key = public_key_of(certificate);
  if (public_key.empty()) return {};
  // One that mbedTLS 2.28 reads too, which has no ECDSA here.
  const auto algorithm = der::sequence({der::oid(oid::sha256_with_rsa), der::element(der::tag_null, {})});
  const auto common_name = der::sequence({der::oid(oid::common_name), der::text(der::tag_utf8_string, "x")});
  const auto name = der::sequence({der::element(der::tag_set, common_name)});
  const Time end = std::chrono::sys_days{std::chrono::year{2049} / 12 / 31};
  const auto validity = der::sequence({der::time(Time{}), der::time(end)});
  const auto content =
      der::sequence({der::integer(std::uint64_t{1}), algorithm, name, validity, name, public_key});
  return der::sequence({content, algorithm, der::bit_string(Buffer{0})});
}

}  // namespace mailtap::certs
