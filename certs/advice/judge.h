// The whole verdict: what certs/verify finds, .NET's view of it and what to do about it.
#pragma once

#include <vector>

#include "certs/verify/question.h"
#include "certs/verify/verdict.h"
#include "config/base/bytes.h"

namespace mailtap::certs {

class SignatureMemo;
class TrustStore;

/// Judges `sent`, the DER certificates in the order the server sent them, leaf first. Any input is fine;
/// what can't be parsed is Fault::malformed.
Verdict judge(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question);
/// With a memory for signatures: what a worker that judges again and again uses.
Verdict judge(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question,
              SignatureMemo& signatures);

}  // namespace mailtap::certs
