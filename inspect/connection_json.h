// A connection as members of a JSON object: the log's line and a trace's have them in common.
#pragma once

#include "inspect/json_writer.h"
#include "inspect/record.h"

namespace mailtap::inspect {

/// From "time" to "ending", as docs/log.md says, into an object that is open.
void write_connection(JsonWriter& to, const Connection& connection);

}  // namespace mailtap::inspect
