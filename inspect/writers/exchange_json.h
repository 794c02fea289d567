// A connection's exchanges in sum, as its JSON line has them.
#pragma once

#include "inspect/exchange.h"
#include "inspect/writers/json_writer.h"

namespace mailtap::inspect {

/// The member "traffic" of docs/log.md; null when nothing was read.
void write_traffic(JsonWriter& to, const Traffic& traffic);

}  // namespace mailtap::inspect
