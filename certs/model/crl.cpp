#include "certs/model/crl.h"

#include <algorithm>
#include <set>

#include "certs/asn1/oids.h"

namespace mailtap::certs {

namespace {

Error not_a_crl(std::string_view what) {
  return Error{"not a certificate revocation list: " + std::string(what)};
}

bool read_entry(Crl& crl, Bytes content) {
  der::Reader reader(content);
  const auto serial = reader.next(der::tag_integer);
  const auto when = reader.next();
  const auto date = when ? der::read_time(*when) : std::nullopt;
  // A serial that isn't DER would compare equal to no certificate's.
  if (!serial || !der::is_integer(serial->value) || !date) return false;
  RevokedCertificate entry{serial->value, *date, 0};
  if (const auto list = reader.next(der::tag_sequence)) {
    const auto extensions = parse_extensions(list->value);
    if (!extensions) return false;
    for (const auto& extension : *extensions) {
      if (oid::is(extension.oid, oid::crl_reason)) {
        const auto reason = der::only(extension.value, der::tag_enumerated);
        entry.reason = reason ? der::read_small_integer(reason->value).value_or(0) : 0;
      } else if (extension.critical) {
        // certificateIssuer makes the entry another CA's; anything else isn't ours to guess.
        crl.unusable = "it has critical entry extensions (" + der::oid_text(extension.oid) + ")";
      }
    }
  }
  if (!reader.done()) return false;
  crl.revoked.push_back(entry);
  return true;
}

/// IssuingDistributionPoint (RFC 5280 section 5.2.5).
bool read_scope(Crl& crl, Bytes value) {
  const auto sequence = der::only(value, der::tag_sequence);
  if (!sequence) return false;
  der::Reader reader(sequence->value);
  while (!reader.done()) {
    const auto field = reader.next();
    if (!field) return false;
    if (field->tag == der::context_constructed(0)) {
      const auto full_name = der::only(field->value, der::context_constructed(0));
      der::Reader names(full_name ? full_name->value : Bytes{});
      while (!names.done()) {
        const auto name = names.next();
        if (!name) return false;
        crl.distribution_points.push_back(name->whole);
      }
      if (crl.distribution_points.empty()) crl.unusable = "its distribution point is a relative name";
    } else if (field->tag == der::context(1) || field->tag == der::context(2)) {
      const auto flag = der::read_boolean(field->value);
      if (!flag) return false;
      (field->tag == der::context(1) ? crl.only_user_certificates : crl.only_ca_certificates) = *flag;
    } else if (field->tag == der::context(4)) {
      crl.unusable = "it is an indirect list";
    } else {
      crl.unusable = "it covers some reasons or attribute certificates only";
    }
  }
  return true;
}

bool read_extension(Crl& crl, const Extension& extension) {
  if (oid::is(extension.oid, oid::authority_key_id)) {
    crl.authority_key_id = parse_authority_key_id(extension.value);
    return crl.authority_key_id.has_value();
  }
  if (oid::is(extension.oid, oid::crl_number)) {
    if (extension.critical) crl.off_profile = "its CRL number is critical";
    const auto number = der::only(extension.value, der::tag_integer);
    return number && der::is_integer(number->value);
  }
  if (oid::is(extension.oid, oid::issuing_distribution_point)) return read_scope(crl, extension.value);
  if (oid::is(extension.oid, oid::delta_crl_indicator)) {
    crl.unusable = "it is a delta list";
    crl.is_delta = true;
  } else if (extension.critical) {
    crl.unusable = "it has the unknown critical extension " + der::oid_text(extension.oid);
  }
  return true;
}

/// The extensions of the list; says whether they can be read.
bool read_extensions_of(Crl& crl, Bytes wrapped) {
  const auto list = der::only(wrapped, der::tag_sequence);
  const auto extensions = list ? parse_extensions(list->value) : std::nullopt;
  if (!extensions) return false;
  bool numbered = false;
  std::set<std::string_view> seen;
  for (const auto& extension : *extensions) {
    if (!seen.insert(as_text(extension.oid)).second || !read_extension(crl, extension)) return false;
    numbered = numbered || oid::is(extension.oid, oid::crl_number);
  }
  if (!numbered) crl.off_profile = "it has no CRL number";
  return true;
}

}  // namespace

Result<CrlPtr> parse_crl(Bytes der) {
  auto owned = std::make_shared<Crl>();
  auto& crl = *owned;
  crl.der.assign(der.begin(), der.end());
  crl.sha256 = sha256_of(crl.der);
  const auto outer = der::only(crl.der, der::tag_sequence);
  if (!outer) return tl::unexpected(not_a_crl("it isn't one DER sequence"));
  der::Reader parts(outer->value);
  const auto tbs = parts.next(der::tag_sequence);
  const auto algorithm = parts.next(der::tag_sequence);
  const auto signature = parts.next(der::tag_bit_string);
  const auto parsed_algorithm = algorithm ? parse_algorithm(*algorithm) : std::nullopt;
  const auto bits = signature ? der::read_whole_bits(signature->value) : std::nullopt;
  if (!tbs || !parsed_algorithm || !bits || !parts.done())
    return tl::unexpected(not_a_crl("it isn't content, algorithm and signature"));
  crl.tbs = tbs->whole;
  crl.signature_algorithm = *parsed_algorithm;
  crl.signature = *bits;

  der::Reader reader(tbs->value);
  const auto version = reader.next(der::tag_integer);
  if (version && der::read_small_integer(version->value) != 1)
    return tl::unexpected(not_a_crl("its version isn't 2"));
  const auto inner = reader.next(der::tag_sequence);
  if (!inner || !der::same(inner->whole, algorithm->whole))
    return tl::unexpected(not_a_crl("the signature algorithm inside differs from the one outside"));
  const auto issuer = reader.next(der::tag_sequence);
  auto name = issuer ? parse_name(issuer->value) : std::nullopt;
  if (!name) return tl::unexpected(not_a_crl("its issuer isn't a name"));
  crl.issuer = std::move(*name);
  const auto from = reader.next();
  const auto this_update = from ? der::read_time(*from) : std::nullopt;
  if (!this_update) return tl::unexpected(not_a_crl("its date can't be read"));
  crl.this_update = *this_update;
  if (reader.at(der::tag_utc_time) || reader.at(der::tag_generalized_time)) {
    const auto to = reader.next();
    crl.next_update = to ? der::read_time(*to) : std::nullopt;
    if (!crl.next_update) return tl::unexpected(not_a_crl("its next update can't be read"));
  }
  if (const auto list = reader.next(der::tag_sequence)) {
    der::Reader entries(list->value);
    while (!entries.done()) {
      const auto entry = entries.next(der::tag_sequence);
      if (!entry || !read_entry(crl, entry->value))
        return tl::unexpected(not_a_crl("an entry can't be read"));
    }
  }
  if (const auto wrapped = reader.next(der::context_constructed(0))) {
    if (!read_extensions_of(crl, wrapped->value))
      return tl::unexpected(not_a_crl("its extensions can't be read"));
  } else {
    crl.off_profile = "it has no CRL number";
  }
  if (!reader.done()) return tl::unexpected(not_a_crl("bytes follow its last field"));
  std::sort(crl.revoked.begin(), crl.revoked.end(),
            [](const auto& a, const auto& b) { return as_text(a.serial) < as_text(b.serial); });
  return CrlPtr(std::move(owned));
}

const RevokedCertificate* Crl::find(Bytes serial) const {
  const auto found =
      std::lower_bound(revoked.begin(), revoked.end(), as_text(serial),
                       [](const auto& entry, std::string_view s) { return as_text(entry.serial) < s; });
  return found != revoked.end() && der::same(found->serial, serial) ? &*found : nullptr;
}

}  // namespace mailtap::certs
