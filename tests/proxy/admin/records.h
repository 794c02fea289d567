// Connections as workers report them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::testing {

/// One that ended well: trusted, matching, 90 days before its certificate ends.
inspect::ConnectionRecord good_connection(std::uint64_t id, const std::string& name = "mail.contoso.com");
/// The same with a self-signed certificate for another name.
inspect::ConnectionRecord bad_connection(std::uint64_t id, const std::string& name = "mail.contoso.com");
/// One whose upstream couldn't be reached.
inspect::ConnectionRecord unreached_connection(std::uint64_t id);

/// The moment that they are about.
std::chrono::sys_seconds moment();

}  // namespace mailtap::testing
