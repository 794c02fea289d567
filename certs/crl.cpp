#include "certs/crl.h"

#include <algorithm>
#include <array>
#include <set>

#include "certs/checks.h"
#include "certs/locations.h"
#include "certs/oids.h"

namespace mailtap::certs {

namespace {

constexpr int remove_from_crl = 8;  // CRLReason

Error not_a_crl(std::string_view what) {
  return Error{"not a certificate revocation list: " + std::string(what)};
}

bool read_entry(Crl& crl, Bytes content) {
  der::Reader reader(content);
  const auto serial = reader.next(der::integer);
  const auto when = reader.next();
  const auto date = when ? der::read_time(*when) : std::nullopt;
  // A serial that isn't DER would compare equal to no certificate's.
  if (!serial || !der::is_integer(serial->value) || !date) return false;
  RevokedCertificate entry{serial->value, *date, 0};
  if (const auto list = reader.next(der::sequence)) {
    const auto extensions = parse_extensions(list->value);
    if (!extensions) return false;
    for (const auto& extension : *extensions) {
      if (oid::is(extension.oid, oid::crl_reason)) {
        const auto reason = der::only(extension.value, der::enumerated);
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
  const auto sequence = der::only(value, der::sequence);
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
    const auto number = der::only(extension.value, der::integer);
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
  const auto list = der::only(wrapped, der::sequence);
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

/// Is the list about such certificates?
bool covers(const Crl& crl, const Certificate& certificate) {
  const bool ca = certificate.basic_constraints && certificate.basic_constraints->ca;
  if ((crl.only_user_certificates && ca) || (crl.only_ca_certificates && !ca)) return false;
  if (crl.distribution_points.empty()) return true;
  const auto* points = certificate.find(oid::crl_distribution_points);
  if (points == nullptr) return false;
  return std::any_of(crl.distribution_points.begin(), crl.distribution_points.end(), [&](Bytes name) {
    return as_text(points->value).find(as_text(name)) != std::string_view::npos;
  });
}

/// Why the list, though signed by the issuer, can't show that a certificate is good; empty: it can.
std::string unreliable(const Crl& crl, const Question& question) {
  if (!crl.unusable.empty()) return crl.unusable;
  if (question.profile == Profile::webpki && !crl.off_profile.empty()) return crl.off_profile;
  if (crl.this_update > question.at) return "it is of " + date_of(crl.this_update) + ", in the future";
  if (!crl.next_update) return "it doesn't say when it ends";
  if (*crl.next_update < question.at) return "it ended on " + date_of(*crl.next_update);
  return {};
}

std::string reason_text(int reason) {
  static constexpr std::array<std::string_view, 11> reasons{"no reason given",
                                                            "key compromise",
                                                            "CA compromise",
                                                            "affiliation changed",
                                                            "superseded",
                                                            "no longer in use",
                                                            "on hold",
                                                            "no reason given",
                                                            "no longer held",
                                                            "privilege withdrawn",
                                                            "authority compromise"};
  return std::string(reasons[reason >= 0 && reason < 11 ? static_cast<std::size_t>(reason) : 0]);
}

}  // namespace

Result<CrlPtr> parse_crl(Bytes der) {
  auto owned = std::make_shared<Crl>();
  auto& crl = *owned;
  crl.der.assign(der.begin(), der.end());
  crl.sha256 = sha256_of(crl.der);
  const auto outer = der::only(crl.der, der::sequence);
  if (!outer) return tl::unexpected(not_a_crl("it isn't one DER sequence"));
  der::Reader parts(outer->value);
  const auto tbs = parts.next(der::sequence);
  const auto algorithm = parts.next(der::sequence);
  const auto signature = parts.next(der::bit_string);
  const auto parsed_algorithm = algorithm ? parse_algorithm(*algorithm) : std::nullopt;
  const auto bits = signature ? der::read_whole_bits(signature->value) : std::nullopt;
  if (!tbs || !parsed_algorithm || !bits || !parts.done())
    return tl::unexpected(not_a_crl("it isn't content, algorithm and signature"));
  crl.tbs = tbs->whole;
  crl.signature_algorithm = *parsed_algorithm;
  crl.signature = *bits;

  der::Reader reader(tbs->value);
  const auto version = reader.next(der::integer);
  if (version && der::read_small_integer(version->value) != 1)
    return tl::unexpected(not_a_crl("its version isn't 2"));
  const auto inner = reader.next(der::sequence);
  if (!inner || !der::same(inner->whole, algorithm->whole))
    return tl::unexpected(not_a_crl("the signature algorithm inside differs from the one outside"));
  const auto issuer = reader.next(der::sequence);
  auto name = issuer ? parse_name(issuer->value) : std::nullopt;
  if (!name) return tl::unexpected(not_a_crl("its issuer isn't a name"));
  crl.issuer = std::move(*name);
  const auto from = reader.next();
  const auto this_update = from ? der::read_time(*from) : std::nullopt;
  if (!this_update) return tl::unexpected(not_a_crl("its date can't be read"));
  crl.this_update = *this_update;
  if (reader.at(der::utc_time) || reader.at(der::generalized_time)) {
    const auto to = reader.next();
    crl.next_update = to ? der::read_time(*to) : std::nullopt;
    if (!crl.next_update) return tl::unexpected(not_a_crl("its next update can't be read"));
  }
  if (const auto list = reader.next(der::sequence)) {
    der::Reader entries(list->value);
    while (!entries.done()) {
      const auto entry = entries.next(der::sequence);
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

std::string nameless_list(const Certificate& certificate) {
  return "certificate " + to_hex(certificate.sha256);
}

RevocationState revocation_of(const Certificate& certificate, const Certificate& issuer,
                              const RevocationLists& lists, const Question& question,
                              SignatureChecker& signatures) {
  RevocationState answer;
  for (const auto& crl : lists.crls) {
    if (!(crl->issuer == certificate.issuer) || !covers(*crl, certificate)) continue;
    std::string problem;
    if (issuer.key_usage && (*issuer.key_usage & crl_sign) == 0) {
      problem = "its issuer may not sign such lists";
    } else if (is_weak(describe_signature(crl->signature_algorithm))) {
      problem = "it is signed with " + describe_signature(crl->signature_algorithm).name;
    } else if (const auto check = signatures.check(
                   crl->sha256, {crl->tbs, crl->signature_algorithm, crl->signature}, issuer.spki);
               check != SignatureCheck::good) {
      problem = check == SignatureCheck::bad ? "its signature isn't the issuer's"
                                             : "its signature can't be verified here: " +
                                                   describe_signature(crl->signature_algorithm).name;
    } else {
      const auto* entry = crl->find(certificate.serial);
      // An outdated or odd list still knows what was revoked. Only a delta list takes an entry back.
      if (entry != nullptr && (entry->reason != remove_from_crl || !crl->is_delta))
        return {RevocationState::revoked,
                "revoked on " + date_of(entry->date) + " (" + reason_text(entry->reason) + ")"};
      problem = unreliable(*crl, question);
    }
    if (problem.empty()) {
      answer = {RevocationState::good, {}};
    } else if (answer.state == RevocationState::not_covered) {
      answer = {RevocationState::unknown, "may be revoked: the revocation list of " + crl->issuer.text() +
                                              " can't be relied on, " + problem};
    }
  }
  if (answer.state != RevocationState::not_covered || lists.unavailable.empty()) return answer;
  if (const auto found = lists.unavailable.find(nameless_list(certificate)); found != lists.unavailable.end())
    return {RevocationState::unknown, "may be revoked: " + found->second};
  for (const auto& url : list_locations(certificate))
    if (const auto found = lists.unavailable.find(url); found != lists.unavailable.end())
      return {RevocationState::unknown,
              "may be revoked: the revocation list " + url + " can't be had, " + found->second};
  return answer;
}

}  // namespace mailtap::certs
