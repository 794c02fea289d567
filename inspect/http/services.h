// What a request is for: Exchange's services by their paths, and what of a path may be written down.
#pragma once

#include <string>
#include <string_view>

#include "inspect/exchange.h"
#include "inspect/pseudonyms.h"

namespace mailtap::inspect::http {

/// The method as a word out of a table, for ever valid; "other" when it isn't there.
std::string_view known_method(std::string_view method);

/// By the first part of the path, whatever the case; Service::http when it is none of Exchange's. `target`:
/// of a request line, in any form (RFC 9112 section 3.2).
Service service_of(std::string_view target);

/// The path without what may be secret or private: the query is dropped but for harmless keys (ActiveSync's
/// Cmd and DeviceType); mailbox names become pseudonyms; a WebDAV item, whose name is its subject, and
/// anything that looks like an identifier or a token become "*". Long paths are cut.
std::string shown_path(Service service, std::string_view target, const Pseudonyms& pseudonyms);

/// ActiveSync's command, of either form of its query ([MS-ASHTTP] 2.2.1.1.1); empty: none of the known.
std::string_view activesync_command(std::string_view target);

/// MAPI over HTTP's X-RequestType ([MS-OXCMAPIHTTP] 2.2.3.3.1) as a word out of a table; empty when it isn't
/// there.
std::string_view known_mapi_request(std::string_view type);

}  // namespace mailtap::inspect::http
