#include "certs/model/ocsp.h"

#include <algorithm>

#include <mbedtls/md.h>

#include "certs/asn1/der_writer.h"
#include "certs/asn1/oids.h"

namespace mailtap::certs {

namespace {

// Who answers about one certificate sends one or two of each.
constexpr std::size_t max_singles = 256;
constexpr std::size_t max_certificates = 16;

Error not_a_response(std::string_view what) {
  return Error{"not an OCSP response: " + std::string(what)};
}

std::optional<Buffer> hash_of(Bytes algorithm, Bytes content) {
  static constexpr std::array<std::pair<std::string_view, mbedtls_md_type_t>, 4> hashes{
      {{oid::sha1, MBEDTLS_MD_SHA1},
       {oid::sha256, MBEDTLS_MD_SHA256},
       {oid::sha384, MBEDTLS_MD_SHA384},
       {oid::sha512, MBEDTLS_MD_SHA512}}};
  const auto known = std::find_if(hashes.begin(), hashes.end(),
                                  [&](const auto& one) { return oid::is(algorithm, one.first); });
  const auto* md = known == hashes.end() ? nullptr : mbedtls_md_info_from_type(known->second);
  if (md == nullptr) return std::nullopt;
  Buffer digest(mbedtls_md_get_size(md));
  if (mbedtls_md(md, content.data(), content.size(), digest.data()) != 0) return std::nullopt;
  return digest;
}

/// The bits of subjectPublicKey, without tag, length and count of unused bits.
Bytes key_bits(const Certificate& certificate) {
  const auto outer = der::only(certificate.spki, der::tag_sequence);
  der::Reader fields(outer ? outer->value : Bytes{});
  fields.next(der::tag_sequence);
  const auto bits = fields.next(der::tag_bit_string);
  return bits && !bits->value.empty() ? bits->value.subspan(1) : Bytes{};
}

std::optional<Time> read_generalized(der::Reader& reader) {
  const auto element = reader.next(der::tag_generalized_time);
  return element ? der::read_time(*element) : std::nullopt;
}

bool read_id(OcspCertificateId& id, Bytes content) {
  der::Reader reader(content);
  const auto sequence = reader.next(der::tag_sequence);
  const auto algorithm = sequence ? parse_algorithm(*sequence) : std::nullopt;
  const auto name = reader.next(der::tag_octet_string);
  const auto key = reader.next(der::tag_octet_string);
  const auto serial = reader.next(der::tag_integer);
  if (!algorithm || !name || !key || !serial || !der::is_integer(serial->value) || !reader.done())
    return false;
  id = {algorithm->oid, name->value, key->value, serial->value};
  return true;
}

/// CertStatus: good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL, all implicit.
bool read_status(OcspSingle& single, const der::Element& status) {
  if (status.tag == der::context(0) || status.tag == der::context(2)) {
    single.status = status.tag == der::context(0) ? CertificateStatus::good : CertificateStatus::unknown;
    return status.value.empty();
  }
  if (status.tag != der::context_constructed(1)) return false;
  single.status = CertificateStatus::revoked;
  der::Reader reader(status.value);
  const auto at = read_generalized(reader);
  if (!at) return false;
  single.revoked_at = *at;
  if (const auto wrapped = reader.next(der::context_constructed(0))) {
    const auto reason = der::only(wrapped->value, der::tag_enumerated);
    const auto number = reason ? der::read_small_integer(reason->value) : std::nullopt;
    if (!number) return false;
    single.reason = *number;
  }
  return reader.done();
}

/// An explicitly tagged list of extensions; none if it can't be read.
std::optional<std::vector<Extension>> read_extension_list(Bytes wrapped) {
  const auto list = der::only(wrapped, der::tag_sequence);
  return list ? parse_extensions(list->value) : std::nullopt;
}

bool read_single(OcspResponse& response, Bytes content) {
  OcspSingle single;
  der::Reader reader(content);
  const auto id = reader.next(der::tag_sequence);
  const auto status = reader.next();
  if (!id || !read_id(single.id, id->value) || !status || !read_status(single, *status)) return false;
  const auto this_update = read_generalized(reader);
  if (!this_update) return false;
  single.this_update = *this_update;
  if (const auto wrapped = reader.next(der::context_constructed(0))) {
    der::Reader inner(wrapped->value);
    single.next_update = read_generalized(inner);
    if (!single.next_update || !inner.done()) return false;
  }
  if (const auto wrapped = reader.next(der::context_constructed(1))) {
    const auto extensions = read_extension_list(wrapped->value);
    if (!extensions) return false;
    for (const auto& extension : *extensions) {
      if (oid::is(extension.oid, oid::ocsp_timestamps)) {
        const auto list = der::only(extension.value, der::tag_octet_string);
        if (list) single.timestamps = list->value;
      } else if (extension.critical) {
        single.unprocessed = der::oid_text(extension.oid);
      }
    }
  }
  if (!reader.done()) return false;
  response.singles.push_back(std::move(single));
  return true;
}

/// ResponderID: byName [1], byKey [2], both explicit.
bool read_responder(OcspResponse& response, der::Reader& reader) {
  if (const auto by_name = reader.next(der::context_constructed(1))) {
    const auto sequence = der::only(by_name->value, der::tag_sequence);
    response.responder_name = sequence ? parse_name(sequence->value) : std::nullopt;
    return response.responder_name.has_value();
  }
  const auto by_key = reader.next(der::context_constructed(2));
  const auto hash = by_key ? der::only(by_key->value, der::tag_octet_string) : std::nullopt;
  if (!hash) return false;
  response.responder_key_hash = hash->value;
  return true;
}

/// ResponseData; the error is what can't be read.
std::string_view read_data(OcspResponse& response, Bytes content) {
  der::Reader reader(content);
  if (const auto wrapped = reader.next(der::context_constructed(0))) {
    const auto version = der::only(wrapped->value, der::tag_integer);
    if (!version || der::read_small_integer(version->value) != 0) return "its version isn't 1";
  }
  if (!read_responder(response, reader)) return "its responder can't be read";
  const auto produced_at = read_generalized(reader);
  if (!produced_at) return "its date can't be read";
  response.produced_at = *produced_at;
  const auto list = reader.next(der::tag_sequence);
  if (!list) return "it has no list of certificates";
  der::Reader singles(list->value);
  while (!singles.done()) {
    const auto single = singles.next(der::tag_sequence);
    if (!single || response.singles.size() >= max_singles || !read_single(response, single->value))
      return "what it says of a certificate can't be read";
  }
  if (const auto wrapped = reader.next(der::context_constructed(1))) {
    const auto extensions = read_extension_list(wrapped->value);
    if (!extensions) return "its extensions can't be read";
    for (const auto& extension : *extensions)
      if (extension.critical) response.unprocessed = der::oid_text(extension.oid);
  }
  return reader.done() ? "" : "bytes follow its last field";
}

/// BasicOCSPResponse; the error is what can't be read.
std::string_view read_basic(OcspResponse& response, Bytes content) {
  const auto outer = der::only(content, der::tag_sequence);
  if (!outer) return "its content isn't one DER sequence";
  der::Reader parts(outer->value);
  const auto tbs = parts.next(der::tag_sequence);
  const auto algorithm = parts.next(der::tag_sequence);
  const auto signature = parts.next(der::tag_bit_string);
  const auto parsed_algorithm = algorithm ? parse_algorithm(*algorithm) : std::nullopt;
  const auto bits = signature ? der::read_whole_bits(signature->value) : std::nullopt;
  if (!tbs || !parsed_algorithm || !bits) return "it isn't content, algorithm and signature";
  response.tbs = tbs->whole;
  response.signature_algorithm = *parsed_algorithm;
  response.signature = *bits;
  if (const auto wrapped = parts.next(der::context_constructed(0))) {
    const auto list = der::only(wrapped->value, der::tag_sequence);
    der::Reader certificates(list ? list->value : Bytes{});
    while (!certificates.done()) {
      const auto certificate = certificates.next(der::tag_sequence);
      if (!certificate || response.certificates.size() >= max_certificates)
        return "its certificates can't be read";
      response.certificates.push_back(certificate->whole);
    }
  }
  if (!parts.done()) return "bytes follow its signature";
  return read_data(response, tbs->value);
}

std::optional<OcspStatus> status_of(Bytes value) {
  const auto number = der::read_small_integer(value);
  if (!number || *number > 6 || *number == 4) return std::nullopt;
  return static_cast<OcspStatus>(*number);
}

}  // namespace

std::string_view to_string(OcspStatus status) {
  switch (status) {
    case OcspStatus::successful: return "successful";
    case OcspStatus::malformed_request: return "malformedRequest";
    case OcspStatus::internal_error: return "internalError";
    case OcspStatus::try_later: return "tryLater";
    case OcspStatus::sig_required: return "sigRequired";
    case OcspStatus::unauthorized: return "unauthorized";
  }
  return "unknown";
}

Result<OcspPtr> parse_ocsp_response(Bytes der) {
  auto owned = std::make_shared<OcspResponse>();
  auto& response = *owned;
  if (der.size() > max_ocsp_response) return tl::unexpected(not_a_response("it is too long"));
  response.der.assign(der.begin(), der.end());
  response.sha256 = sha256_of(response.der);
  const auto outer = der::only(response.der, der::tag_sequence);
  der::Reader parts(outer ? outer->value : Bytes{});
  const auto number = parts.next(der::tag_enumerated);
  const auto status = number ? status_of(number->value) : std::nullopt;
  if (!status) return tl::unexpected(not_a_response("it has no status"));
  response.status = *status;
  const auto wrapped = parts.next(der::context_constructed(0));
  if (!parts.done()) return tl::unexpected(not_a_response("bytes follow its last field"));
  if (response.status != OcspStatus::successful) return OcspPtr(std::move(owned));
  const auto sequence = wrapped ? der::only(wrapped->value, der::tag_sequence) : std::nullopt;
  der::Reader bytes(sequence ? sequence->value : Bytes{});
  const auto type = bytes.next(der::tag_oid);
  const auto content = bytes.next(der::tag_octet_string);
  if (!type || !content || !bytes.done()) return tl::unexpected(not_a_response("it has no content"));
  if (!oid::is(type->value, oid::ocsp_basic))
    return tl::unexpected(not_a_response("it is of an unknown type"));
  if (const auto problem = read_basic(response, content->value); !problem.empty())
    return tl::unexpected(not_a_response(problem));
  return OcspPtr(std::move(owned));
}

const OcspSingle* OcspResponse::find(const Certificate& certificate, const Certificate& issuer) const {
  const auto is_it = [&](const OcspSingle& single) {
    if (!der::same(single.id.serial, certificate.serial)) return false;
    const auto name = hash_of(single.id.hash_algorithm, certificate.issuer_der);
    const auto key = hash_of(single.id.hash_algorithm, key_bits(issuer));
    return name && key && der::same(single.id.issuer_name_hash, *name) &&
           der::same(single.id.issuer_key_hash, *key);
  };
  const auto found = std::find_if(singles.begin(), singles.end(), is_it);
  return found == singles.end() ? nullptr : &*found;
}

bool OcspResponse::names(const Certificate& signer) const {
  if (responder_name) return *responder_name == signer.subject;
  const auto hash = hash_of(as_bytes(oid::sha1), key_bits(signer));
  return hash && der::same(*hash, responder_key_hash);
}

std::string OcspResponse::responder() const {
  return responder_name ? responder_name->text() : "key " + to_hex(responder_key_hash);
}

Buffer ocsp_request(const Certificate& certificate, const Certificate& issuer) {
  const auto sha1 = as_bytes(oid::sha1);
  const auto name = hash_of(sha1, certificate.issuer_der).value_or(Buffer{});
  const auto key = hash_of(sha1, key_bits(issuer)).value_or(Buffer{});
  const auto algorithm = der::sequence({der::oid(oid::sha1), der::element(der::tag_null, {})});
  const auto id = der::sequence({algorithm, der::octet_string(name), der::octet_string(key),
                                 der::element(der::tag_integer, certificate.serial)});
  const auto list = der::sequence({der::sequence({id})});
  return der::sequence({der::sequence({list})});
}

bool demands_staple(const Certificate& certificate) {
  constexpr int status_request = 5;  // as the TLS extension is numbered
  constexpr int status_request_v2 = 17;
  const auto* extension = certificate.find(oid::tls_feature);
  const auto list = extension == nullptr ? std::nullopt : der::only(extension->value, der::tag_sequence);
  der::Reader features(list ? list->value : Bytes{});
  while (const auto feature = features.next(der::tag_integer)) {
    const auto number = der::read_small_integer(feature->value);
    if (number && (*number == status_request || *number == status_request_v2)) return true;
  }
  return false;
}

}  // namespace mailtap::certs
