#include "certs/verify/ocsp.h"

#include <algorithm>

#include "certs/asn1/oids.h"
#include "certs/model/timestamps.h"
#include "certs/verify/checks.h"
#include "config/base/days.h"

namespace mailtap::certs {

namespace {

/// Whether what it says is its responder's, and the responder may say it.
struct Authority {
  OcspState state = OcspState::good;  ///< else bad_signature, unauthorised or unjudged
  std::string detail{};
};

class ResponseCheck {
 public:
  ResponseCheck(const OcspResponse& response, const Certificate& issuer, Time at,
                SignatureChecker& signatures)
      : response_(response), issuer_(issuer), at_(at), signatures_(signatures) {}

  /// Section 4.2.2.2: signed by the issuer, or by whom the issuer has made a responder.
  Authority authority() const {
    const auto scheme = describe_signature(response_.signature_algorithm);
    if (is_weak(scheme)) return {OcspState::bad_signature, "it is signed with " + scheme.name};
    std::optional<Authority> failed;
    if (response_.names(issuer_)) {
      const auto check = signed_by(issuer_);
      if (check == SignatureCheck::good) return {};
      failed = refused(check, scheme.name);
    }
    for (const auto& der : response_.certificates) {
      const auto signer = parse_certificate(der);
      if (!signer || !response_.names(**signer)) continue;
      const auto check = signed_by(**signer);
      if (check == SignatureCheck::good) return delegation(**signer);
      failed = refused(check, scheme.name);
    }
    if (failed) return *failed;
    return {OcspState::unauthorised,
            "its signer, " + response_.responder() +
                ", is neither the certificate's issuer nor is its certificate in it"};
  }

 private:
  SignatureCheck signed_by(const Certificate& signer) const {
    return signatures_.check(
        response_.sha256, {response_.tbs, response_.signature_algorithm, response_.signature}, signer.spki);
  }

  static Authority refused(SignatureCheck check, const std::string& scheme) {
    if (check == SignatureCheck::unsupported)
      return {OcspState::unjudged, "its signature can't be verified here: " + scheme};
    return {OcspState::bad_signature, "its signature isn't that of its responder"};
  }

  /// May `signer`, which has signed it, speak for the issuer? Its own revocation isn't asked about
  /// (section 4.2.2.2.1 leaves that to the client).
  Authority delegation(const Certificate& signer) const {
    const auto who = signer.short_name();
    if (der::same(signer.spki, issuer_.spki)) return {};
    if (!(signer.issuer == issuer_.subject) ||
        signatures_.check(signer, issuer_.spki) != SignatureCheck::good)
      return {OcspState::unauthorised, "its signer, " + who + ", wasn't issued by the certificate's issuer"};
    const auto& purposes = signer.extended_key_usage;
    const bool may_sign = purposes && std::any_of(purposes->begin(), purposes->end(), [](Bytes purpose) {
                            return oid::is(purpose, oid::ocsp_signing);
                          });
    if (!may_sign)
      return {OcspState::unauthorised,
              "its signer, " + who + ", isn't for OCSP (extKeyUsage lacks OCSPSigning)"};
    if (at_ > signer.not_after)
      return {OcspState::unauthorised,
              "the certificate of its signer, " + who + ", expired on " + date_of(signer.not_after)};
    if (at_ < signer.not_before)
      return {OcspState::unauthorised,
              "the certificate of its signer, " + who + ", is valid from " + date_of(signer.not_before)};
    return {};
  }

  const OcspResponse& response_;
  const Certificate& issuer_;
  const Time at_;
  SignatureChecker& signatures_;
};

void judge_single(OcspJudgement& judged, const OcspSingle& single, Time at) {
  const auto say = [&](OcspState state, std::string detail) {
    judged.state = state;
    judged.detail = std::move(detail);
  };
  // An outdated response still knows what was revoked.
  constexpr int key_compromise = 1;  // CRLReason
  judged.key_compromised = single.status == CertificateStatus::revoked && single.reason == key_compromise;
  if (single.status == CertificateStatus::revoked)
    return say(OcspState::revoked,
               "revoked on " + date_of(single.revoked_at) + " (" + reason_text(single.reason) + ")");
  if (!single.unprocessed.empty())
    return say(OcspState::unjudged, "it has the unknown critical extension " + single.unprocessed);
  if (single.this_update > at + clock_skew)
    return say(OcspState::not_yet_valid, "it is valid from " + to_rfc3339(single.this_update));
  if (single.next_update && *single.next_update < at)
    return say(OcspState::expired, "it expired on " + to_rfc3339(*single.next_update));
  if (single.status == CertificateStatus::unknown)
    return say(OcspState::unknown, "its responder doesn't know the certificate");
  say(OcspState::good, {});
}

}  // namespace

std::string_view to_string(OcspState state) {
  switch (state) {
    case OcspState::good: return "good";
    case OcspState::revoked: return "revoked";
    case OcspState::unknown: return "unknown";
    case OcspState::expired: return "expired";
    case OcspState::not_yet_valid: return "not-yet-valid";
    case OcspState::other_certificate: return "other-certificate";
    case OcspState::bad_signature: return "bad-signature";
    case OcspState::unauthorised: return "unauthorised";
    case OcspState::malformed: return "malformed";
    case OcspState::unsuccessful: return "unsuccessful";
    case OcspState::unjudged: return "unjudged";
  }
  return "unjudged";
}

OcspJudgement judge_ocsp(const OcspResponse& response, const Certificate& certificate,
                         const Certificate* issuer, Time at, SignatureChecker& signatures) {
  if (response.status != OcspStatus::successful)
    return {.state = OcspState::unsuccessful,
            .detail = "it is the responder's error " + std::string(to_string(response.status)) +
                      " instead of an answer"};
  OcspJudgement judged;
  judged.responder = response.responder();
  if (issuer == nullptr) {
    judged.detail = "the certificate's issuer isn't known, so it can't be verified";
    return judged;
  }
  const auto* single = response.find(certificate, *issuer);
  if (single == nullptr) {
    judged.state = OcspState::other_certificate;
    judged.detail = "it is about another certificate";
    if (!response.singles.empty())
      judged.detail += ", of serial number " + to_hex(response.singles.front().id.serial);
    return judged;
  }
  judged.this_update = single->this_update;
  judged.next_update = single->next_update;
  if (!single->timestamps.empty()) {
    const auto timestamps = parse_timestamps(single->timestamps);
    judged.timestamps = timestamps ? std::optional(timestamps->size()) : std::nullopt;
  }
  auto authority = ResponseCheck(response, *issuer, at, signatures).authority();
  if (authority.state != OcspState::good) {
    judged.state = authority.state;
    judged.detail = std::move(authority.detail);
  } else if (!response.unprocessed.empty()) {
    judged.detail = "it has the unknown critical extension " + response.unprocessed;
  } else {
    judge_single(judged, *single, at);
  }
  return judged;
}

OcspJudgement judge_ocsp(Bytes der, const Certificate& certificate, const Certificate* issuer, Time at,
                         SignatureChecker& signatures) {
  const auto response = parse_ocsp_response(der);
  if (!response) return {.state = OcspState::malformed, .detail = "it is " + response.error().message};
  return judge_ocsp(**response, certificate, issuer, at, signatures);
}

Staple judge_staple(const Stapled* stapled, const Certificate& leaf, const Certificate* issuer, Time at,
                    SignatureChecker& signatures) {
  const auto count = [](const std::optional<std::vector<Timestamp>>& timestamps) {
    return timestamps ? std::optional(timestamps->size()) : std::nullopt;
  };
  Staple staple;
  staple.demanded = demands_staple(leaf);
  staple.in_certificate = count(timestamps_of(leaf));
  if (stapled == nullptr) return staple;
  staple.asked = true;
  if (!stapled->timestamps.empty()) staple.in_handshake = count(parse_timestamps(stapled->timestamps));
  if (stapled->ocsp.empty()) return staple;
  staple.ocsp = judge_ocsp(stapled->ocsp, leaf, issuer, at, signatures);
  staple.in_ocsp = staple.ocsp->timestamps;
  return staple;
}

}  // namespace mailtap::certs
