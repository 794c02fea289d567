// What was looked up, as JSON has it: the same in the log and in `mailtap check --json`.
#pragma once

#include "inspect/looked_up.h"
#include "inspect/writers/json_writer.h"

namespace mailtap::inspect {

/// The members "aia" and "crl".
void write_looked_up(JsonWriter& to, const LookedUp& looked_up);

}  // namespace mailtap::inspect
