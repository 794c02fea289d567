// Which program a server is: what it says of itself before or after the handshake. It is only asked where
// there is something to be done on it, since over HTTP it takes a request (HEAD /).
#pragma once

#include <optional>
#include <string_view>

#include "certs/advice/server.h"
#include "proxy/check/check.h"
#include "proxy/probe/probe.h"

namespace mailtap::check {

certs::Service service_of(const Target& target);

/// What to say, and what to hear, so that the server tells what it is; nothing: this service doesn't tell, or
/// it has told already.
std::optional<probe::ProbeRequest::Words> words_for(const Report& report);

/// What it said, into the report.
void note_said(std::string_view said, Report& report);

/// By all that the report knows.
certs::Product product_of(const Report& report);

}  // namespace mailtap::check
