// What a survey of a server's TLS found (tls/survey), as JSON.
#pragma once

#include "inspect/writers/json_writer.h"
#include "tls/survey/findings.h"

namespace mailtap::inspect {

/// The member "protocols" (docs/protocols.md).
void write_protocols(JsonWriter& to, const tls::survey::Findings& findings);

}  // namespace mailtap::inspect
