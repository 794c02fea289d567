// Text that a hostile peer chose, made fit for a terminal or a JSON string.
#pragma once

#include <string>
#include <string_view>

namespace mailtap::inspect {

/// True if `text` is printable ASCII alone, as nearly always: it can be used as it is.
bool is_plain(std::string_view text);

/// For a terminal: control characters, invalid UTF-8, what reorders text (bidirectional controls) and what
/// isn't seen (zero-width characters) are spelt out as \x1b or \u202e, so that nothing moves the cursor, sets
/// colours, forges a line or hides in one.
std::string printable(std::string_view text);

/// For JSON: valid UTF-8, with U+FFFD for what isn't, and for DEL, the C1 controls and the line and
/// paragraph separators, which JSON writes unescaped. (The writer escapes the controls below U+0020.)
std::string valid_utf8(std::string_view text);

}  // namespace mailtap::inspect
