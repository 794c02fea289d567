// judge() with a memory for signatures: what a worker that judges again and again uses.
#pragma once

#include "certs/signature.h"
#include "certs/verdict.h"

namespace mailtap::certs {

Verdict judge(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question,
              SignatureMemo& signatures);

}  // namespace mailtap::certs
