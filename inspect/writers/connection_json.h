// A connection as members of a JSON object: the log's line and a trace's have them in common.
#pragma once

#include "inspect/writers/json_writer.h"

namespace mailtap::inspect {

struct ConnectionRecord;  // inspect/record.h

/// From "time" to "ending", as docs/log.md says, into an object that is open.
void write_connection(JsonWriter& to, const ConnectionRecord& connection);

}  // namespace mailtap::inspect
