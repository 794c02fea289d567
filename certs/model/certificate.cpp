#include "certs/model/certificate.h"

#include <mbedtls/sha256.h>

#include "certs/asn1/oids.h"
#include "certs/model/extensions.h"

namespace mailtap::certs {

namespace {

Error not_a_certificate(std::string_view what) {
  return Error{"not an X.509 certificate: " + std::string(what)};
}

/// Reads TBSCertificate (RFC 5280 section 4.1) into `c`; says what is wrong, or nothing.
std::optional<Error> read_tbs(Certificate& c, Bytes tbs_content) {
  der::Reader tbs(tbs_content);
  if (const auto version = tbs.next(der::context_constructed(0))) {
    const auto number = der::only(version->value, der::tag_integer);
    const auto value = number ? der::read_small_integer(number->value) : std::nullopt;
    if (!value || *value > 2) return not_a_certificate("its version isn't 1, 2 or 3");
    if (*value == 0) c.flaws.emplace_back("version 1 is written out, which DER forbids");
    c.version = *value + 1;
  }
  const auto serial = tbs.next(der::tag_integer);
  if (!serial) return not_a_certificate("no serial number");
  if (serial->value.empty()) return not_a_certificate("its serial number is empty");
  if (!der::is_integer(serial->value))
    return not_a_certificate("its serial number begins with bytes that say nothing, which DER forbids");
  c.serial = serial->value;

  const auto inner = tbs.next(der::tag_sequence);
  const auto algorithm = inner ? parse_algorithm(*inner) : std::nullopt;
  if (!algorithm) return not_a_certificate("no signature algorithm");
  c.algorithms_differ = !der::same(algorithm->whole, c.signature_algorithm.whole);
  if (c.algorithms_differ)
    c.flaws.emplace_back("the signature algorithm inside differs from the one outside");

  const auto issuer = tbs.next(der::tag_sequence);
  auto issuer_name = issuer ? parse_name(issuer->value) : std::nullopt;
  if (!issuer_name) return not_a_certificate("its issuer isn't a name");
  c.issuer = std::move(*issuer_name);
  c.issuer_der = issuer->whole;

  const auto validity = tbs.next(der::tag_sequence);
  if (!validity) return not_a_certificate("no validity");
  der::Reader times(validity->value);
  const auto from = times.next();
  const auto to = times.next();
  const auto not_before = from ? der::read_time(*from) : std::nullopt;
  const auto not_after = to ? der::read_time(*to) : std::nullopt;
  if (!not_before || !not_after || !times.done())
    return not_a_certificate("its validity isn't two times as RFC 5280 writes them");
  c.not_before = *not_before;
  c.not_after = *not_after;
  constexpr Time year_2050{std::chrono::sys_days{std::chrono::year{2050} / 1 / 1}};
  c.time_form_off_profile = (from->tag == der::tag_generalized_time && *not_before < year_2050) ||
                            (to->tag == der::tag_generalized_time && *not_after < year_2050);

  const auto subject = tbs.next(der::tag_sequence);
  auto subject_name = subject ? parse_name(subject->value) : std::nullopt;
  if (!subject_name) return not_a_certificate("its subject isn't a name");
  c.subject = std::move(*subject_name);

  const auto spki = tbs.next(der::tag_sequence);
  if (!spki) return not_a_certificate("no public key");
  c.spki = spki->whole;
  c.key = describe_key(c.spki);

  // issuerUniqueID and subjectUniqueID: obsolete and meaningless.
  const bool issuer_id = tbs.next(der::context(1)).has_value();
  const bool subject_id = tbs.next(der::context(2)).has_value();
  c.has_unique_id = issuer_id || subject_id;
  if (const auto wrapped = tbs.next(der::context_constructed(3))) {
    const auto list = der::only(wrapped->value, der::tag_sequence);
    auto extensions = list ? parse_extensions(list->value) : std::nullopt;
    if (!extensions) return not_a_certificate("its extensions can't be read");
    if (c.version != 3) c.flaws.emplace_back("extensions in a certificate that isn't version 3");
    if (extensions->empty()) c.flaws.emplace_back("an empty list of extensions");
    c.extensions = std::move(*extensions);
  }
  if (!tbs.done()) return not_a_certificate("bytes follow its last field");
  return std::nullopt;
}

}  // namespace

Result<CertificatePtr> parse_certificate(Bytes der) {
  auto certificate = std::make_shared<Certificate>();
  auto& c = *certificate;
  c.der.assign(der.begin(), der.end());

  const auto outer = der::only(c.der, der::tag_sequence);
  if (!outer) return tl::unexpected(not_a_certificate("it isn't one DER sequence"));
  der::Reader parts(outer->value);
  const auto tbs = parts.next(der::tag_sequence);
  const auto algorithm = parts.next(der::tag_sequence);
  const auto signature = parts.next(der::tag_bit_string);
  if (!tbs || !algorithm || !signature || !parts.done())
    return tl::unexpected(not_a_certificate("it isn't content, algorithm and signature"));
  c.tbs = tbs->whole;
  auto outer_algorithm = parse_algorithm(*algorithm);
  if (!outer_algorithm) return tl::unexpected(not_a_certificate("its signature algorithm can't be read"));
  c.signature_algorithm = *outer_algorithm;
  const auto bits = der::read_whole_bits(signature->value);
  if (!bits) return tl::unexpected(not_a_certificate("its signature isn't whole bytes"));
  c.signature = *bits;

  if (auto error = read_tbs(c, tbs->value)) return tl::unexpected(std::move(*error));
  read_extensions(c);
  c.sha256 = sha256_of(c.der);
  return CertificatePtr(std::move(certificate));
}

const Extension* Certificate::find(std::string_view oid) const {
  for (const auto& extension : extensions)
    if (oid::is(extension.oid, oid)) return &extension;
  return nullptr;
}

bool Certificate::critical(std::string_view oid) const {
  const auto* extension = find(oid);
  return extension != nullptr && extension->critical;
}

std::string Certificate::short_name() const {
  const auto names = subject.values(oid::common_name);
  if (!names.empty() && !names.back().empty()) {
    std::string name = names.back();
    for (auto& ch : name)
      if (static_cast<unsigned char>(ch) < 0x20 || ch == 0x7f) ch = '?';
    return name;
  }
  return subject.empty() ? "certificate " + to_hex(serial) : subject.text();
}

std::optional<Algorithm> parse_algorithm(const der::Element& element) {
  der::Reader reader(element.value);
  const auto oid = reader.next(der::tag_oid);
  if (!oid) return std::nullopt;
  Algorithm algorithm{oid->value, {}, element.whole};
  if (!reader.done()) {
    const auto parameters = reader.next();
    if (!parameters || !reader.done()) return std::nullopt;
    algorithm.parameters = parameters->whole;
  }
  return algorithm;
}

std::optional<std::vector<Extension>> parse_extensions(Bytes sequence) {
  std::vector<Extension> extensions;
  der::Reader list(sequence);
  while (!list.done()) {
    const auto item = list.next(der::tag_sequence);
    if (!item) return std::nullopt;
    der::Reader reader(item->value);
    const auto oid = reader.next(der::tag_oid);
    if (!oid) return std::nullopt;
    Extension extension{oid->value, false, {}};
    if (const auto critical = reader.next(der::tag_boolean)) {
      const auto flag = der::read_boolean(critical->value);
      if (!flag) return std::nullopt;
      extension.critical = *flag;
    }
    const auto value = reader.next(der::tag_octet_string);
    if (!value || !reader.done()) return std::nullopt;
    extension.value = value->value;
    extensions.push_back(extension);
  }
  return extensions;
}

std::array<std::uint8_t, 32> sha256_of(Bytes bytes) {
  std::array<std::uint8_t, 32> digest{};
  mbedtls_sha256(bytes.data(), bytes.size(), digest.data(), 0);
  return digest;
}

}  // namespace mailtap::certs
