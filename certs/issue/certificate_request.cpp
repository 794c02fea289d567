#include "certs/issue/certificate_request.h"

#include <algorithm>
#include <array>

#include <mbedtls/pk.h>

#include "certs/asn1/der_writer.h"
#include "certs/asn1/oids.h"
#include "certs/issue/builder.h"
#include "certs/issue/local_ca.h"
#include "certs/model/certificate.h"
#include "certs/model/content_kind.h"
#include "certs/model/names.h"
#include "certs/model/pem.h"
#include "certs/model/signature.h"

namespace mailtap::certs {

namespace {

using namespace std::string_view_literals;

Result<Buffer> to_der(const std::string& content) {
  const auto text = text_of_file(content);
  if (is_pem(text)) {
    // certreq and IIS write "NEW CERTIFICATE REQUEST".
    for (const auto* label : {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}) {
      auto blocks = from_pem(text, label);
      if (!blocks) return tl::unexpected(blocks.error());
      if (!blocks->empty()) return std::move(blocks->front());
    }
  } else if (auto bare = der_of_bare_base64(text)) {
    return std::move(*bare);
  } else if (!content.empty() && static_cast<std::uint8_t>(content.front()) == der::tag_sequence &&
             (kind_of_content(content) == ContentKind::request ||
              kind_of_content(content) == ContentKind::nothing)) {
    // What follows the one object (a line's end that an editor added, say) is none of it.
    der::Reader objects(as_bytes(content));
    const auto first = objects.next(der::tag_sequence);
    const auto der = first ? first->whole : as_bytes(content);
    return Buffer(der.begin(), der.end());
  }
  if (const auto kind = kind_of_content(content);
      kind != ContentKind::nothing && kind != ContentKind::request)
    return fail("holds " + std::string(to_string(kind)) +
                ", not a certificate request (PKCS#10); give the request's file");
  return fail("holds no certificate request, neither PEM nor DER; give the request's file");
}

/// CertificationRequestInfo's parts (RFC 2986 section 4.1), as views.
struct Info {
  Bytes whole;
  Algorithm algorithm;
  Bytes signature;
  DistinguishedName subject;
  Bytes subject_der;
  Bytes public_key;
  std::vector<certs::Extension> extensions;
};

bool read_attribute(Info& info, Bytes content) {
  der::Reader fields(content);
  const auto type = fields.next(der::tag_oid);
  const auto values = fields.next(der::tag_set);
  if (!type || !values || !fields.done()) return false;
  if (!oid::is(type->value, oid::extension_request) && !oid::is(type->value, oid::ms_extension_request))
    return true;
  der::Reader lists(values->value);
  while (!lists.done()) {
    const auto list = lists.next(der::tag_sequence);
    const auto extensions = list ? parse_extensions(list->value) : std::nullopt;
    if (!extensions) return false;
    info.extensions.insert(info.extensions.end(), extensions->begin(), extensions->end());
  }
  return true;
}

/// The error says what isn't as it should be.
Result<Info> parse_info(Bytes der) {
  Info info;
  const auto outer = der::only(der, der::tag_sequence);
  der::Reader parts(outer ? outer->value : Bytes{});
  const auto content = parts.next(der::tag_sequence);
  const auto algorithm = parts.next(der::tag_sequence);
  const auto bits = parts.next(der::tag_bit_string);
  const auto parsed_algorithm = algorithm ? parse_algorithm(*algorithm) : std::nullopt;
  const auto signature = bits ? der::read_whole_bits(bits->value) : std::nullopt;
  if (!content || !parsed_algorithm || !signature || !parts.done())
    return fail("it isn't content, algorithm and signature");
  info.whole = content->whole;
  info.algorithm = *parsed_algorithm;
  info.signature = *signature;

  der::Reader fields(content->value);
  const auto version = fields.next(der::tag_integer);
  // There is but version 1. Some programs write 2 or 3 and mean the same.
  if (!version || !der::read_small_integer(version->value)) return fail("its version isn't a small number");
  const auto subject = fields.next(der::tag_sequence);
  auto name = subject ? parse_name(subject->value) : std::nullopt;
  if (!name) return fail("its subject isn't a name");
  info.subject = std::move(*name);
  info.subject_der = subject->whole;
  const auto key = fields.next(der::tag_sequence);
  if (!key) return fail("it has no public key");
  info.public_key = key->whole;
  // Some old programs leave the attributes out where there are none.
  const auto attributes = fields.next(der::context_constructed(0));
  der::Reader list(attributes ? attributes->value : Bytes{});
  while (!list.done()) {
    const auto attribute = list.next(der::tag_sequence);
    if (!attribute || !read_attribute(info, attribute->value))
      return fail("its attributes, the extensions asked for among them, can't be read");
  }
  if (!fields.done()) return fail("bytes follow its last field");
  return info;
}

std::string_view form_of(std::uint8_t tag) {
  switch (tag & 0x1f) {
    case 0: return "an otherName (a user's principal name, say)";
    case 1: return "an e-mail address";
    case 4: return "a directory name";
    case 6: return "a URI";
    default: return "a name of another form";
  }
}

Result<void> read_names(CertificateRequest& request, Bytes value) {
  const auto list = der::only(value, der::tag_sequence);
  if (!list) return fail("its subjectAltName can't be read");
  der::Reader names(list->value);
  while (!names.done()) {
    const auto name = names.next();
    if (!name) return fail("its subjectAltName can't be read");
    if (name->tag == der::context(2)) {
      request.names.emplace_back(as_text(name->value));
    } else if (name->tag == der::context(7) && !ip_text(name->value).empty()) {
      request.names.push_back(ip_text(name->value));
    } else {
      request.left_out.push_back(std::string(form_of(name->tag)) + " in its subjectAltName");
    }
  }
  return {};
}

/// What a server's certificate has by itself, or what nobody needs in one.
bool is_our_affair(const certs::Extension& extension) {
  constexpr std::array silent{oid::key_usage,
                              oid::subject_key_id,
                              oid::ms_template,
                              oid::ms_template_name,
                              oid::ms_application_policies,
                              "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f"sv};  // sMIMECapabilities
  return std::any_of(silent.begin(), silent.end(), [&](auto known) { return oid::is(extension.oid, known); });
}

Result<void> read_extension(CertificateRequest& request, const certs::Extension& extension) {
  if (oid::is(extension.oid, oid::subject_alt_name)) return read_names(request, extension.value);
  if (oid::is(extension.oid, oid::basic_constraints)) {
    const auto sequence = der::only(extension.value, der::tag_sequence);
    if (!sequence) return fail("its basicConstraints can't be read");
    der::Reader fields(sequence->value);
    const auto flag = fields.next(der::tag_boolean);
    if (flag && der::read_boolean(flag->value) != false) request.left_out.emplace_back("a CA's rights");
  } else if (oid::is(extension.oid, oid::extended_key_usage)) {
    const auto sequence = der::only(extension.value, der::tag_sequence);
    der::Reader purposes(sequence ? sequence->value : Bytes{});
    while (const auto purpose = purposes.next(der::tag_oid))
      if (!oid::is(purpose->value, oid::server_auth))
        request.left_out.push_back("the purpose (extKeyUsage) " + der::oid_text(purpose->value));
  } else if (!is_our_affair(extension)) {
    request.left_out.push_back("the extension " + der::oid_text(extension.oid));
  }
  return {};
}

/// A host's name as a common name without the dot of an absolute name, as in the subjectAltName: a common
/// name that spells it otherwise is no valid one.
NameAttribute without_dot(NameAttribute attribute) {
  DistinguishedName alone;
  alone.rdns = {{attribute}};
  const auto values = alone.values(oid::common_name);
  if (values.empty() || !values.front().ends_with('.')) return attribute;
  const auto& text = values.front();
  const auto host = std::string_view(text).substr(text.starts_with("*.") ? 2 : 0);
  if (reference_name(host).form != ReferenceName::Form::dns) return attribute;
  const std::size_t width = attribute.tag == der::tag_bmp_string         ? 2
                            : attribute.tag == der::tag_universal_string ? 4
                                                                         : 1;
  attribute.value = attribute.value.first(attribute.value.size() - width);
  return attribute;
}

Buffer subject_of(const Info& info) {
  Buffer sets;
  bool changed = false;
  for (const auto& rdn : info.subject.rdns) {
    std::vector<Buffer> attributes;
    for (const auto& attribute : rdn) {
      const auto shown = without_dot(attribute);
      changed = changed || shown.value.size() != attribute.value.size();
      attributes.push_back(
          der::sequence({der::element(der::tag_oid, shown.oid), der::element(shown.tag, shown.value)}));
    }
    // As DER orders a SET OF.
    std::ranges::sort(attributes, {}, [](const Buffer& attribute) { return as_text(attribute); });
    Buffer set;
    for (const auto& attribute : attributes) der::append(set, attribute);
    der::append(sets, der::element(der::tag_set, set));
  }
  // What needs no change stays as it was written.
  return changed ? der::element(der::tag_sequence, sets)
                 : Buffer(info.subject_der.begin(), info.subject_der.end());
}

/// Of EC the curve, of RSA the size; of others nothing.
KeySpec type_of_key(Bytes public_key) {
  if (const auto info = describe_key(public_key); info.type == certs::KeyType::rsa)
    return KeySpec::rsa(info.bits);
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  KeySpec type;
  if (mbedtls_pk_parse_public_key(&key, public_key.data(), public_key.size()) == 0)
    type = type_of(key).value_or(KeySpec{});
  mbedtls_pk_free(&key);
  return type;
}

}  // namespace

Result<CertificateRequest> parse_certificate_request(const std::string& content, const std::string& origin) {
  const auto der = to_der(content);
  if (!der) return fail(origin + ": " + der.error().message);
  const auto parsed = parse_info(*der);
  if (!parsed)
    return fail(origin + ": the certificate request can't be read: " + parsed.error().message +
                "; make it again");
  const auto& info = *parsed;
  const auto key = describe_key(info.public_key);
  if (key.text == unreadable_key)
    return fail(
        origin +
        ": the public key of the certificate request can't be read; make it again with an RSA or EC key");
  switch (verify_signature(info.whole, info.algorithm, info.signature, info.public_key)) {
    case SignatureCheck::good: break;
    case SignatureCheck::bad:
      return fail(origin + ": the certificate request isn't signed by the key that it is for; make it again");
    case SignatureCheck::unsupported:
      return fail(origin + ": the certificate request is signed with " +
                  describe_signature(info.algorithm).name +
                  ", which can't be verified here; make it with an RSA or EC key");
  }

  CertificateRequest request;
  if (!info.subject.empty()) request.subject = subject_of(info);
  request.public_key.assign(info.public_key.begin(), info.public_key.end());
  request.key_type = type_of_key(info.public_key);
  for (const auto& extension : info.extensions)
    if (auto taken = read_extension(request, extension); !taken)
      return fail(origin + ": the certificate request can't be read: " + taken.error().message +
                  "; make it again");
  if (request.names.empty())
    for (const auto& name : info.subject.values(oid::common_name))
      if (const auto host = name.starts_with("*.") ? name.substr(2) : name;
          reference_name(host).form != ReferenceName::Form::invalid)
        request.names.push_back(name);
  request.names = names_to_issue(request.names);
  return request;
}

}  // namespace mailtap::certs
