#include "certs/verify/revocation.h"

#include <algorithm>
#include <array>

#include "certs/asn1/oids.h"
#include "certs/model/locations.h"
#include "certs/verify/checks.h"
#include "certs/verify/ocsp.h"

namespace mailtap::certs {

namespace {

// CRLReason
constexpr int key_compromise = 1;
constexpr int remove_from_crl = 8;

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

/// Whom the certificate names, for a person.
std::string responder_of(const Certificate& certificate) {
  const auto urls = responder_urls(certificate);
  return urls.empty() ? "(OCSP)" : join(urls, ", ");
}

}  // namespace

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

std::string nameless_list(const Certificate& certificate) {
  return "certificate " + to_hex(certificate.sha256);
}

std::string unanswered_question(const Certificate& certificate) {
  return "OCSP " + to_hex(certificate.sha256);
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
                "revoked on " + date_of(entry->date) + " (" + reason_text(entry->reason) + ")",
                {},
                entry->reason == key_compromise};
      problem = unreliable(*crl, question);
    }
    if (problem.empty()) {
      answer = {RevocationState::good, {}};
    } else if (answer.state == RevocationState::not_covered) {
      answer = {RevocationState::unknown, "may be revoked: the revocation list of " + crl->issuer.text() +
                                              " can't be relied on, " + problem};
    }
  }
  for (const auto& response : lists.responses) {
    const auto judged = judge_ocsp(*response, certificate, &issuer, question.at, signatures);
    if (judged.state == OcspState::other_certificate) continue;
    if (judged.state == OcspState::revoked)
      return {
          RevocationState::revoked, judged.detail + ", says its OCSP responder", {}, judged.key_compromised};
    if (judged.state == OcspState::good) {
      answer = {RevocationState::good, {}};
    } else if (answer.state == RevocationState::not_covered) {
      answer = {RevocationState::unknown,
                "may be revoked: the OCSP response that was fetched can't be relied on, " + judged.detail,
                responder_of(certificate)};
    }
  }
  if (answer.state != RevocationState::not_covered || lists.unavailable.empty()) return answer;
  if (const auto found = lists.unavailable.find(unanswered_question(certificate));
      found != lists.unavailable.end())
    return {RevocationState::unknown, "may be revoked: " + found->second, responder_of(certificate)};
  if (const auto found = lists.unavailable.find(nameless_list(certificate)); found != lists.unavailable.end())
    return {RevocationState::unknown, "may be revoked: " + found->second};
  for (const auto& url : list_locations(certificate))
    if (const auto found = lists.unavailable.find(url); found != lists.unavailable.end())
      return {RevocationState::unknown,
              "may be revoked: the revocation list " + url + " can't be had, " + found->second};
  return answer;
}

}  // namespace mailtap::certs
