// A trace's line, as docs/trace.schema.json describes it.
#pragma once

#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "inspect/trace/handshake_decoder.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::trace {

struct LegTrace;

/// As traces name it.
std::string_view to_string(HandshakeEvent::Kind kind);
/// "client_hello", "unknown_ca (48)"; empty: it couldn't be read, or has none.
std::string name_of(const HandshakeEvent& event);

/// The version of the schema: raised when a member changes its meaning or goes.
inline constexpr int schema_version = 1;

/// `chain`: the upstream's certificates, DER, leaf first.
std::string to_json(const inspect::ConnectionRecord& connection, const LegTrace& downstream,
                    const LegTrace& upstream, const std::vector<Buffer>& chain);

}  // namespace mailtap::trace
