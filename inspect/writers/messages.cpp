#include "inspect/writers/messages.h"

#include <algorithm>
#include <cerrno>
#include <string>

#include <unistd.h>

#include "config/base/phrases.h"
#include "inspect/writers/printable.h"

namespace mailtap::inspect {

void Messages::write(std::string_view priority, std::string_view kind, std::string_view text) const {
  if (!with_priorities_) priority = {};
  std::string prefix;
  if (!kind.empty()) prefix = "mailtap: " + std::string(template_in(kind, language_)) + ": ";
  std::string lines;
  do {
    const auto end = std::min(text.find('\n'), text.size());
    lines += std::string(priority) + prefix + printable(in_language(text.substr(0, end), language_)) + '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  } while (!text.empty());
  // Nobody is left to tell when standard error is gone.
  while (::write(descriptor_, lines.data(), lines.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace mailtap::inspect
