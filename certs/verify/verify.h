// The engine: every fault of a chain, its best path, its names.
#pragma once

#include <vector>

#include "certs/verify/verdict.h"
#include "config/base/bytes.h"

namespace mailtap::certs {

class SignatureMemo;
class TrustStore;
struct Question;

/// Verifies `sent`, the DER certificates in the order the server sent them, leaf first. Any input is fine;
/// what can't be parsed is Fault::malformed. Verdict::dotnet and Verdict::advice stay empty:
/// certs/advice/judge.h adds them.
Verdict verify(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question,
               SignatureMemo& signatures);

}  // namespace mailtap::certs
