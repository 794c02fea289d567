#include "certs/issue/builder.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

#include "certs/asn1/der_writer.h"
#include "certs/asn1/oids.h"
#include "config/base/random.h"

namespace mailtap::certs {

namespace {

constexpr std::uint8_t general_name_email = der::context(1);
constexpr std::uint8_t general_name_dns = der::context(2);
constexpr std::uint8_t general_name_uri = der::context(6);
constexpr std::uint8_t general_name_ip = der::context(7);

/// An attribute type's OID and the string type that its value is written in.
struct AttributeType {
  std::string_view name;
  std::string_view oid;
  std::uint8_t tag;
};
constexpr std::array<AttributeType, 8> attribute_types{{
    {"CN", oid::common_name, der::tag_utf8_string},
    {"C", oid::country, der::tag_printable_string},
    {"L", oid::locality, der::tag_utf8_string},
    {"ST", oid::state, der::tag_utf8_string},
    {"O", oid::organisation, der::tag_utf8_string},
    {"OU", oid::organisational_unit, der::tag_utf8_string},
    {"DC", oid::domain_component, der::tag_ia5_string},
    {"emailAddress", oid::email_address, der::tag_ia5_string},
}};

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// Four or sixteen bytes; none if it is no address.
Buffer address_bytes(const std::string& text) {
  Buffer bytes(16);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(4);
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

Result<Buffer> general_name(const std::string& name) {
  if (const auto address = address_bytes(name); !address.empty())
    return der::element(general_name_ip, address);
  if (name.empty() || !is_printable_ascii(name))
    return fail("\"" + name +
                "\" can't be put into a certificate: write a DNS name in ASCII (xn--...) or an IP address");
  return der::text(general_name_dns, name);
}

/// A GeneralSubtree: an address range is the address followed by its mask (RFC 5280 section 4.2.1.10).
Result<Buffer> subtree(const std::string& constraint) {
  const auto slash = constraint.find('/');
  auto range = address_bytes(constraint.substr(0, slash));
  if (range.empty()) {
    auto name = general_name(constraint);
    if (!name || slash != std::string::npos)
      return fail("\"" + constraint + "\" is neither a domain nor a range such as 192.0.2.0/24");
    return der::sequence({*name});
  }
  const auto bits = range.size() * 8;
  std::size_t prefix = bits;
  if (slash != std::string::npos) {
    const auto* end = constraint.data() + constraint.size();
    const auto parsed = std::from_chars(constraint.data() + slash + 1, end, prefix);
    if (parsed.ec != std::errc{} || parsed.ptr != end || prefix > bits)
      return fail("\"" + constraint + "\" is no address range such as 192.0.2.0/24");
  }
  for (std::size_t bit = 0; bit < bits; bit += 8) {
    const auto left = prefix > bit ? std::min<std::size_t>(8, prefix - bit) : 0;
    range.push_back(static_cast<std::uint8_t>(0xff00 >> left));
  }
  return der::sequence({der::element(general_name_ip, range)});
}

Result<Buffer> subtrees(std::uint8_t tag, const std::vector<std::string>& constraints) {
  if (constraints.empty()) return Buffer{};
  Buffer list;
  for (auto& constraint : constraints) {
    auto one = subtree(constraint);
    if (!one) return one;
    der::append(list, *one);
  }
  return der::element(tag, list);
}

Buffer access_description(std::string_view method, const std::string& url) {
  return der::sequence({der::oid(method), der::text(general_name_uri, url)});
}

Buffer distribution_point(const std::string& url) {
  const auto full_name = der::element(der::context_constructed(0), der::text(general_name_uri, url));
  return der::sequence({der::element(der::context_constructed(0), full_name)});
}

Result<Buffer> subject_alt_name(const CertificateSpec& spec) {
  Buffer list;
  for (const auto& name : spec.names) {
    auto encoded = general_name(name);
    if (!encoded) return encoded;
    der::append(list, *encoded);
  }
  for (const auto& email : spec.emails) der::append(list, der::text(general_name_email, email));
  return der::element(der::tag_sequence, list);
}

/// id-RSASSA-PSS with its parameters: hash, mask generation with the same, a salt as long as it (RFC 4055
/// section 3.1). SHA-1 would be the default, which isn't written.
Result<Buffer> pss_algorithm(mbedtls_md_type_t hash) {
  constexpr std::string_view sha384 = "\x60\x86\x48\x01\x65\x03\x04\x02\x02";
  constexpr std::string_view sha512 = "\x60\x86\x48\x01\x65\x03\x04\x02\x03";
  const auto oid = hash == MBEDTLS_MD_SHA256   ? oid::sha256
                   : hash == MBEDTLS_MD_SHA384 ? sha384
                   : hash == MBEDTLS_MD_SHA512 ? sha512
                                               : std::string_view{};
  if (oid.empty()) return fail("no certificate can be signed by RSASSA-PSS with that hash");
  const auto digest = der::sequence({der::oid(oid), der::element(der::tag_null, {})});
  const auto salt = std::uint64_t{mbedtls_md_get_size(mbedtls_md_info_from_type(hash))};
  const auto parameters =
      der::sequence({der::element(der::context_constructed(0), digest),
                     der::element(der::context_constructed(1), der::sequence({der::oid(oid::mgf1), digest})),
                     der::element(der::context_constructed(2), der::integer(salt))});
  return der::sequence({der::oid(oid::rsa_pss), parameters});
}

/// The AlgorithmIdentifier of a signature with that key and hash; RSA's has NULL parameters, ECDSA's none
/// (RFC 4055 section 5, RFC 5758 section 3.2).
Result<Buffer> signature_algorithm(const PrivateKey& signer, mbedtls_md_type_t hash, Padding padding) {
  struct Known {
    mbedtls_md_type_t hash;
    std::string_view rsa;
    std::string_view ecdsa;
  };
  static constexpr std::array<Known, 6> known{{
      {MBEDTLS_MD_MD5, oid::md5_with_rsa, ""},
      {MBEDTLS_MD_SHA1, oid::sha1_with_rsa, oid::ecdsa_with_sha1},
      {MBEDTLS_MD_SHA224, oid::sha224_with_rsa, oid::ecdsa_with_sha224},
      {MBEDTLS_MD_SHA256, oid::sha256_with_rsa, oid::ecdsa_with_sha256},
      {MBEDTLS_MD_SHA384, oid::sha384_with_rsa, oid::ecdsa_with_sha384},
      {MBEDTLS_MD_SHA512, oid::sha512_with_rsa, oid::ecdsa_with_sha512},
  }};
  switch (signer.type().foreign) {
    case MAILTAP_FOREIGN_NONE: break;
    case MAILTAP_FOREIGN_ED25519: return der::sequence({der::oid(oid::ed25519)});  // RFC 8410 section 3
    case MAILTAP_FOREIGN_ED448: return der::sequence({der::oid(oid::ed448)});
    default: return pss_algorithm(hash);
  }
  if (signer.type().is_rsa() && padding == Padding::pss) return pss_algorithm(hash);
  for (const auto& one : known) {
    const auto oid = signer.type().is_rsa() ? one.rsa : one.ecdsa;
    if (one.hash != hash || oid.empty()) continue;
    const auto parameters = signer.type().is_rsa() ? der::element(der::tag_null, {}) : Buffer{};
    return der::sequence({der::oid(oid), parameters});
  }
  return fail("no certificate can be signed by a key of type " + to_string(signer.type()) +
              " with that hash");
}

/// SEQUENCE { what is signed, algorithm, signature }
Result<Buffer> signed_with(const PrivateKey& signer, mbedtls_md_type_t hash, const Buffer& algorithm,
                           const Buffer& to_be_signed, bool break_signature,
                           Padding padding = Padding::pkcs1) {
  auto signature = signer.sign(hash, to_be_signed, padding);
  if (!signature) return signature;
  // The last byte lies in RSA's number or in ECDSA's s: the encoding stays correct.
  if (break_signature) signature->back() ^= 1;
  return der::sequence({to_be_signed, algorithm, der::bit_string(*signature)});
}

}  // namespace

Buffer name_of(const std::vector<std::pair<std::string_view, std::string>>& attributes) {
  Buffer relative_names;
  for (const auto& [type, value] : attributes) {
    for (const auto& known : attribute_types) {
      if (known.name != type) continue;
      const auto attribute = der::sequence({der::oid(known.oid), der::text(known.tag, value)});
      der::append(relative_names, der::element(der::tag_set, attribute));
    }
  }
  return der::element(der::tag_sequence, relative_names);
}

Result<void> check_name(const std::string& name) {
  return general_name(name).map([](const Buffer&) {});
}

Result<Buffer> build_certificate(const CertificateSpec& spec, const PrivateKey& signer) {
  auto serial = spec.serial;
  if (serial.empty()) {
    serial.resize(16);
    if (!random_bytes(serial)) return fail("the kernel gave no randomness");
    serial.front() = static_cast<std::uint8_t>((serial.front() & 0x7f) | 0x40);  // positive, always 16 bytes
  }
  RawFields fields;
  fields.serial = der::integer(Bytes(serial));
  fields.issuer = spec.issuer;
  fields.validity = der::sequence({der::time(spec.not_before), der::time(spec.not_after)});
  fields.subject = spec.subject;
  fields.public_key = spec.public_key;
  if (!spec.version_1) {
    fields.version = der::element(der::context_constructed(0), der::integer(std::uint64_t{2}));
    const auto extensions = extensions_of(spec);
    if (!extensions) return tl::unexpected(extensions.error());
    fields.after_public_key = encode_extensions(*extensions);
  }
  return build_certificate(fields, spec.hash, spec.break_signature, signer, spec.padding);
}

Result<Buffer> build_certificate(const RawFields& fields, mbedtls_md_type_t hash, bool break_signature,
                                 const PrivateKey& signer, Padding padding) {
  auto algorithm = signature_algorithm(signer, hash, padding);
  if (!algorithm) return algorithm;
  const auto to_be_signed =
      der::sequence({fields.version, fields.serial, *algorithm, fields.issuer, fields.validity,
                     fields.subject, fields.public_key, fields.after_public_key});
  return signed_with(signer, hash, *algorithm, to_be_signed, break_signature, padding);
}

Result<std::vector<ExtensionSpec>> extensions_of(const CertificateSpec& spec) {
  std::vector<ExtensionSpec> list;
  const auto add = [&list](std::string_view oid, bool critical, Buffer value) {
    list.push_back({std::string(oid), critical, std::move(value)});
  };

  if (const auto& constraints = spec.basic_constraints) {
    add(oid::basic_constraints, true,
        der::sequence({constraints->ca ? der::boolean(true) : Buffer{},
                       constraints->path_length
                           ? der::integer(static_cast<std::uint64_t>(*constraints->path_length))
                           : Buffer{}}));
  }
  if (spec.key_usage != 0) add(oid::key_usage, true, der::named_bits(spec.key_usage));
  if (!spec.extended_key_usage.empty()) {
    Buffer purposes;
    for (const auto purpose : spec.extended_key_usage) der::append(purposes, der::oid(purpose));
    add(oid::extended_key_usage, false, der::element(der::tag_sequence, purposes));
  }
  if (spec.with_subject_key_id)
    add(oid::subject_key_id, false, der::octet_string(key_identifier(spec.public_key)));
  if (!spec.authority_key_id.empty())
    add(oid::authority_key_id, false, der::sequence({der::element(der::context(0), spec.authority_key_id)}));
  if (!spec.names.empty() || !spec.emails.empty()) {
    auto value = subject_alt_name(spec);
    if (!value) return tl::unexpected(value.error());
    // Critical if the subject is empty: then these are the only names (RFC 5280 section 4.2.1.6).
    add(oid::subject_alt_name, spec.subject == name_of({}), std::move(*value));
  }
  if (!spec.name_constraints.permitted.empty() || !spec.name_constraints.excluded.empty()) {
    const auto permitted = subtrees(der::context_constructed(0), spec.name_constraints.permitted);
    if (!permitted) return tl::unexpected(permitted.error());
    const auto excluded = subtrees(der::context_constructed(1), spec.name_constraints.excluded);
    if (!excluded) return tl::unexpected(excluded.error());
    add(oid::name_constraints, true, der::sequence({*permitted, *excluded}));
  }
  if (!spec.crl_urls.empty()) {
    Buffer points;
    for (const auto& url : spec.crl_urls) der::append(points, distribution_point(url));
    add(oid::crl_distribution_points, false, der::element(der::tag_sequence, points));
  }
  if (!spec.ca_issuer_urls.empty()) {
    Buffer descriptions;
    for (const auto& url : spec.ca_issuer_urls)
      der::append(descriptions, access_description(oid::ca_issuers, url));
    add(oid::authority_info_access, false, der::element(der::tag_sequence, descriptions));
  }
  list.insert(list.end(), spec.extensions.begin(), spec.extensions.end());
  return list;
}

Buffer encode_extensions(const std::vector<ExtensionSpec>& extensions) {
  if (extensions.empty()) return {};
  Buffer list;
  for (const auto& extension : extensions)
    der::append(list,
                der::sequence({der::oid(extension.oid), extension.critical ? der::boolean(true) : Buffer{},
                               der::octet_string(extension.value)}));
  return der::element(der::context_constructed(3), der::element(der::tag_sequence, list));
}

Buffer key_identifier(Bytes public_key) {
  const auto sequence = der::only(public_key, der::tag_sequence);
  der::Reader parts(sequence ? sequence->value : Bytes{});
  const auto algorithm = parts.next(der::tag_sequence);
  const auto key = parts.next(der::tag_bit_string);
  const auto bits = key && parts.done() ? der::read_whole_bits(key->value) : std::nullopt;
  if (!algorithm || !bits) return {};
  Buffer identifier(20);
  if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), bits->data(), bits->size(), identifier.data()) !=
      0)
    return {};
  return identifier;
}

Result<Buffer> build_crl(const CrlSpec& spec, const PrivateKey& signer) {
  auto algorithm = signature_algorithm(signer, MBEDTLS_MD_SHA256, Padding::pkcs1);
  if (!algorithm) return algorithm;
  Buffer revoked;
  for (const auto& [serial, when] : spec.revoked)
    der::append(revoked, der::sequence({der::integer(Bytes(serial)), der::time(when)}));
  if (!revoked.empty()) revoked = der::element(der::tag_sequence, revoked);

  const auto authority = der::sequence({der::element(der::context(0), spec.authority_key_id)});
  const auto number = der::integer(spec.number);
  const auto extensions =
      der::sequence({der::sequence({der::oid(oid::authority_key_id), der::octet_string(authority)}),
                     der::sequence({der::oid(oid::crl_number), der::octet_string(number)})});
  const auto to_be_signed = der::sequence({der::integer(std::uint64_t{1}), *algorithm, spec.issuer,
                                           der::time(spec.this_update), der::time(spec.next_update), revoked,
                                           der::element(der::context_constructed(0), extensions)});
  return signed_with(signer, MBEDTLS_MD_SHA256, *algorithm, to_be_signed, false);
}

}  // namespace mailtap::certs
