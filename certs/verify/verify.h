// The engine: every fault of a chain, its best path, its names.
//
//   question.h, trust_store.h   what is asked, and who is trusted      -> verify() ->  verdict.h, fault.h
//
//   path.h        paths from the leaf to an anchor, in the order of their likelihood, within limits
//   checks.h      the faults of one path (RFC 5280 section 6.1): name_constraints.h, policies.h, revocation.h
//   profile.h     what the web's profile asks beyond that; thresholds.h where weak begins
//   name_matching.h  whether the leaf names the server asked for
//   kind.h        self-signed, private PKI or public CA
//   dates.h       what goes by the calendar (dates.tsv)
//   dotnet.h      what .NET shows for a fault
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
/// certs/advice/full_verdict.h adds them.
Verdict verify(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question,
               SignatureMemo& signatures);

}  // namespace mailtap::certs
