// What client and server would agree on alone, as the log and mailtap check write it.
#pragma once

#include <string_view>

#include "inspect/direct.h"
#include "inspect/writers/json_writer.h"

namespace mailtap::inspect {

void write_direct(JsonWriter& to, std::string_view key, const Direct& direct);

}  // namespace mailtap::inspect
