// Is an OCSP response one to rely on, and what does it say of a certificate? (RFC 6960 sections 3.2 and
// 4.2.2.2.)
#pragma once

#include "certs/model/ocsp.h"
#include "certs/model/stapled.h"
#include "certs/verify/staple.h"

namespace mailtap::certs {

class SignatureChecker;

/// A responder's clock may be so far ahead, as OpenSSL's `ocsp -verify` allows too.
inline constexpr std::chrono::minutes clock_skew{5};

/// `issuer`: of `certificate`; null: not known. At most one response for one certificate costs few
/// signatures: those of the response and of its signer's certificate.
OcspJudgement judge_ocsp(const OcspResponse& response, const Certificate& certificate,
                         const Certificate* issuer, Time at, SignatureChecker& signatures);
/// The same of bytes that may be no response at all.
OcspJudgement judge_ocsp(Bytes der, const Certificate& certificate, const Certificate* issuer, Time at,
                         SignatureChecker& signatures);

/// What came with `leaf`. `stapled`: null: nobody asked for it.
Staple judge_staple(const Stapled* stapled, const Certificate& leaf, const Certificate* issuer, Time at,
                    SignatureChecker& signatures);

}  // namespace mailtap::certs
