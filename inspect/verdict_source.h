// Where the certificate was seen that a verdict is about.
#pragma once

#include <string_view>

namespace mailtap::inspect {

enum class VerdictSource { handshake, cache, probe, file };
inline constexpr unsigned verdict_sources = 4;
std::string_view to_string(VerdictSource source);

}  // namespace mailtap::inspect
