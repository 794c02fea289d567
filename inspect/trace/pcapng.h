// Blocks of a pcapng file (draft-ietf-opsawg-pcapng), as bytes. Times are nanoseconds since 1970; packets are
// bare IP (LINKTYPE_RAW).
#pragma once

#include <chrono>
#include <string_view>

#include "config/base/bytes.h"

namespace mailtap::trace::pcapng {

using Nanoseconds = std::chrono::sys_time<std::chrono::nanoseconds>;

/// What a file begins with: Section Header Block, and one Interface Description Block.
Buffer file_header(std::string_view application, std::string_view interface);

/// Decryption Secrets Block of TLS secrets in SSLKEYLOGFILE form. It comes before the packets that it opens.
void add_secrets(Buffer& to, std::string_view keylog);

/// Enhanced Packet Block. `comment` may be empty.
void add_packet(Buffer& to, Nanoseconds at, Bytes packet, std::string_view comment);

}  // namespace mailtap::trace::pcapng
