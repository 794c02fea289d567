// A verdict as JSON has it, the same in the log and in `mailtap check --json`.
#pragma once

#include "inspect/verdict_source.h"
#include "inspect/writers/json_writer.h"

namespace mailtap::certs {
struct CertificateSummary;  // certs/model/summary.h
struct Verdict;             // certs/verify/verdict.h
}  // namespace mailtap::certs

namespace mailtap::inspect {

/// The members "verdict" and "chain" of docs/log.md; null and empty without a verdict. A verdict without a
/// name asked for has null as its name.
void write_verdict(JsonWriter& to, const certs::Verdict* verdict, VerdictSource source);

/// One certificate as `chain` has them.
void write_certificate(JsonWriter& to, const certs::CertificateSummary& certificate);

}  // namespace mailtap::inspect
