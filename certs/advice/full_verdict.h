// The whole verdict: what certs/verify finds, .NET's view of it and what to do about it.
//
//   verdict_cache.h       verdicts remembered by a worker, until something in them can change
//   advice.h              remedies: sentences, and steps with commands
//   texts.h               their words in English and Vietnamese
//   server.h              which program a server is, and the words for what is done on it
//   client_certificate.h  a client's certificate that is for servers alone
//   mail_service.h        what Exchange Online and Exchange on premises refuse
#pragma once

#include <vector>

#include "certs/verify/question.h"
#include "certs/verify/verdict.h"
#include "config/base/bytes.h"

namespace mailtap::certs {

class SignatureMemo;
class TrustStore;

/// Verifies `sent`, the DER certificates in the order the server sent them, leaf first. Any input is fine;
/// what can't be parsed is Fault::malformed.
Verdict full_verdict(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question);
/// With a memory for signatures: what a worker that verifies again and again uses.
Verdict full_verdict(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question,
                     SignatureMemo& signatures);

}  // namespace mailtap::certs
