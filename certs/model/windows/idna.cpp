#include "certs/model/idna.h"

#include <array>

#include "config/base/windows/wide.h"

namespace mailtap::certs {

/// Windows's own: IDNA 2003's mapping, to which it adds 2008's letters.
std::string to_a_labels(const std::string& name) {
  const auto wide = to_wide(name);
  std::array<wchar_t, 256> converted{};
  const int size = ::IdnToAscii(0, wide.c_str(), static_cast<int>(wide.size()), converted.data(),
                                static_cast<int>(converted.size()));
  return size > 0 ? to_utf8({converted.data(), static_cast<std::size_t>(size)}) : std::string();
}

}  // namespace mailtap::certs
