#include "certs/issue/raw_certificate.h"

#include <algorithm>
#include <array>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>

#include "certs/asn1/der_writer.h"
#include "certs/model/signature.h"

namespace mailtap::certs::making {

namespace {

/// Takes elements off the front of some DER.
class Reader {
 public:
  explicit Reader(Bytes der) : at_(const_cast<unsigned char*>(der.data())), end_(at_ + der.size()) {}

  bool done() const { return at_ == end_; }
  bool next_is(std::uint8_t tag) const { return at_ < end_ && *at_ == tag; }

  struct Element {
    Bytes whole;
    Bytes content;
  };
  std::optional<Element> take(std::uint8_t tag) {
    const auto* begin = at_;
    std::size_t size = 0;
    if (mbedtls_asn1_get_tag(&at_, end_, &size, tag) != 0) return std::nullopt;
    const Bytes content(at_, size);
    at_ += size;
    return Element{{begin, at_}, content};
  }
  /// Of any tag; mbedTLS wants to know it beforehand.
  std::optional<Element> take_any() {
    if (done()) return std::nullopt;
    return take(*at_);
  }
  /// The whole element, or nothing where it's optional and absent.
  std::optional<Bytes> take_whole(std::uint8_t tag) {
    const auto element = take(tag);
    if (!element) return std::nullopt;
    return element->whole;
  }

 private:
  unsigned char* at_;
  const unsigned char* end_;
};

bool read_extensions(Bytes wrapped, std::vector<RawExtension>& extensions) {
  Reader outer(wrapped);
  const auto list = outer.take(der::tag_sequence);
  if (!list || !outer.done()) return false;
  for (Reader reader(list->content); !reader.done();) {
    const auto one = reader.take(der::tag_sequence);
    if (!one) return false;
    Reader fields(one->content);
    RawExtension extension;
    const auto oid = fields.take_whole(der::tag_oid);
    if (!oid) return false;
    extension.oid = *oid;
    if (fields.next_is(der::tag_boolean)) {
      const auto critical = fields.take(der::tag_boolean);
      if (!critical || critical->content.size() != 1) return false;
      extension.critical = critical->content[0] != 0;
    }
    const auto value = fields.take(der::tag_octet_string);
    if (!value || !fields.done()) return false;
    extension.value = value->content;
    extensions.push_back(extension);
  }
  return true;
}

bool read_to_be_signed(Bytes content, RawCertificate& certificate) {
  Reader fields(content);
  const auto take = [&fields](std::uint8_t tag, Bytes& into) {
    const auto whole = fields.take_whole(tag);
    if (whole) into = *whole;
    return whole.has_value();
  };
  Bytes inner_algorithm;
  if (fields.next_is(der::context_constructed(0)) && !take(der::context_constructed(0), certificate.version))
    return false;
  if (!take(der::tag_integer, certificate.serial) || !take(der::tag_sequence, inner_algorithm) ||
      !take(der::tag_sequence, certificate.issuer) || !take(der::tag_sequence, certificate.validity) ||
      !take(der::tag_sequence, certificate.subject) || !take(der::tag_sequence, certificate.public_key))
    return false;
  for (const auto tag : {der::context(1), der::context(2)}) {
    if (!fields.next_is(tag)) continue;
    Bytes id;
    if (!take(tag, id)) return false;
    certificate.unique_ids =
        certificate.unique_ids.empty() ? id : Bytes(certificate.unique_ids.data(), id.data() + id.size());
  }
  if (fields.next_is(der::context_constructed(3))) {
    const auto extensions = fields.take(der::context_constructed(3));
    if (!extensions || !read_extensions(extensions->content, certificate.extensions)) return false;
  }
  return fields.done();
}

/// The hash named in RSASSA-PSS-params; SHA-1 if left out (RFC 4055 section 3.1).
mbedtls_md_type_t pss_hash(const mbedtls_asn1_buf& parameters) {
  Reader reader({parameters.p, parameters.len});
  const auto wrapped = reader.take(der::context_constructed(0));
  if (!wrapped) return MBEDTLS_MD_SHA1;
  auto* at = const_cast<unsigned char*>(wrapped->content.data());
  mbedtls_asn1_buf oid{};
  mbedtls_asn1_buf unused{};
  auto hash = MBEDTLS_MD_NONE;
  if (mbedtls_asn1_get_alg(&at, at + wrapped->content.size(), &oid, &unused) != 0 ||
      mbedtls_oid_get_md_alg(&oid, &hash) != 0)
    return MBEDTLS_MD_NONE;
  return hash;
}

/// By a key of a kind that few have, mbedTLS not among them.
std::optional<bool> is_signed_by_few(const RawCertificate& certificate, Bytes public_key) {
  const auto element = certs::der::only(certificate.signature_algorithm, certs::der::sequence);
  const auto algorithm = element ? parse_algorithm(*element) : std::nullopt;
  if (!algorithm) return std::nullopt;
  const auto check =
      verify_signature(certificate.to_be_signed, *algorithm, certificate.signature, public_key);
  if (check == SignatureCheck::unsupported) return std::nullopt;
  return check == SignatureCheck::good;
}

}  // namespace

std::optional<Bytes> RawCertificate::extension(Bytes oid) const {
  for (const auto& one : extensions)
    if (std::ranges::equal(one.oid, oid)) return one.value;
  return std::nullopt;
}

Bytes RawCertificate::subject_key_id() const {
  const auto value = extension(der::oid("2.5.29.14"));
  const auto identifier = value ? Reader(*value).take(der::tag_octet_string) : std::nullopt;
  return identifier ? identifier->content : Bytes{};
}

Bytes RawCertificate::authority_key_id() const {
  const auto value = extension(der::oid("2.5.29.35"));
  const auto list = value ? Reader(*value).take(der::tag_sequence) : std::nullopt;
  const auto identifier = list ? Reader(list->content).take(der::context(0)) : std::nullopt;
  return identifier ? identifier->content : Bytes{};
}

std::optional<RawCertificate> parse_raw_certificate(Bytes der) {
  Reader outer(der);
  const auto whole = outer.take(der::tag_sequence);
  if (!whole || !outer.done()) return std::nullopt;
  Reader parts(whole->content);
  RawCertificate certificate;
  const auto to_be_signed = parts.take(der::tag_sequence);
  if (!to_be_signed || !read_to_be_signed(to_be_signed->content, certificate)) return std::nullopt;
  certificate.to_be_signed = to_be_signed->whole;
  const auto algorithm = parts.take_whole(der::tag_sequence);
  const auto signature = parts.take(der::tag_bit_string);
  if (!algorithm || !signature || !parts.done() || signature->content.empty()) return std::nullopt;
  certificate.signature_algorithm = *algorithm;
  certificate.signature = signature->content.subspan(1);  // the count of unused bits
  return certificate;
}

SignatureScheme signature_scheme(const RawCertificate& certificate) {
  auto* at = const_cast<unsigned char*>(certificate.signature_algorithm.data());
  mbedtls_asn1_buf oid{};
  mbedtls_asn1_buf parameters{};
  auto hash = MBEDTLS_MD_NONE;
  auto key = MBEDTLS_PK_NONE;
  if (mbedtls_asn1_get_alg(&at, at + certificate.signature_algorithm.size(), &oid, &parameters) != 0 ||
      mbedtls_oid_get_sig_alg(&oid, &hash, &key) != 0)
    return {};
  const bool is_pss = key == MBEDTLS_PK_RSASSA_PSS;
  if (is_pss) hash = pss_hash(parameters);
  return {hash, key == MBEDTLS_PK_RSA || is_pss, is_pss};
}

std::optional<bool> is_signed_by(const RawCertificate& certificate, Bytes public_key) {
  const auto kind = describe_key(public_key);
  if (kind.type == certs::KeyType::ed25519 || kind.type == certs::KeyType::ed448 || kind.pss_only)
    return is_signed_by_few(certificate, public_key);
  const auto scheme = signature_scheme(certificate);
  const auto* info = mbedtls_md_info_from_type(scheme.hash);
  std::array<unsigned char, MBEDTLS_MD_MAX_SIZE> digest{};
  if (info == nullptr ||
      mbedtls_md(info, certificate.to_be_signed.data(), certificate.to_be_signed.size(), digest.data()) != 0)
    return std::nullopt;

  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  std::optional<bool> verified;
  const bool is_read = mbedtls_pk_parse_public_key(&key, public_key.data(), public_key.size()) == 0;
  const auto context = mbedtls_pk_get_type(&key);
  if (is_read && (context == MBEDTLS_PK_RSA || context == MBEDTLS_PK_ECKEY)) {
    const mbedtls_pk_rsassa_pss_options pss{scheme.hash, MBEDTLS_RSA_SALT_LEN_ANY};
    const auto type = scheme.is_pss   ? MBEDTLS_PK_RSASSA_PSS
                      : scheme.is_rsa ? MBEDTLS_PK_RSA
                                      : MBEDTLS_PK_ECDSA;
    verified = mbedtls_pk_verify_ext(type, scheme.is_pss ? &pss : nullptr, &key, scheme.hash, digest.data(),
                                     mbedtls_md_get_size(info), certificate.signature.data(),
                                     certificate.signature.size()) == 0;
  }
  mbedtls_pk_free(&key);
  return verified;
}

}  // namespace mailtap::certs::making
