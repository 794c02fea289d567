// What Windows itself says of a chain, as JSON has it: the same in the log and in `mailtap check --json`.
#pragma once

#include "inspect/writers/json_writer.h"

namespace mailtap::certs {
struct SystemVerdict;  // certs/system/system_verdict.h
struct Verdict;        // certs/verify/verdict.h
}  // namespace mailtap::certs

namespace mailtap::inspect {

/// The member "windows" of docs/windows.md. Null: it hasn't answered yet. `verdict`: mailtap's, which it is
/// held against.
void write_windows(JsonWriter& to, const certs::SystemVerdict* windows, const certs::Verdict* verdict);

}  // namespace mailtap::inspect
