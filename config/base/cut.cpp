#include "config/base/cut.h"

namespace mailtap {

namespace {

/// Is it a byte inside of a character (RFC 3629 section 3)?
bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

std::string cut_to(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  auto end = most;
  // What isn't UTF-8 has no boundary to be found.
  while (end > 0 && most - end < 4 && continues(text[end])) --end;
  if (continues(text[end])) end = most;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace mailtap
