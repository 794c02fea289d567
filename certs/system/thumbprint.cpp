#include <algorithm>

#include "certs/system/system_store.h"

namespace mailtap::certs {

std::string_view to_string(StoreOf whose) {
  return whose == StoreOf::machine ? "machine" : "user";
}

std::string thumbprint_in(std::string_view text) {
  constexpr std::size_t digits = 40;
  std::string found;
  // Windows's dialog puts an invisible U+200E in front, which copies along.
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\xe2\x80\x8e")) {
      i += 2;
    } else if (text[i] != ' ' && text[i] != ':') {
      found += text[i];
    }
  }
  std::transform(found.begin(), found.end(), found.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool is_one = found.size() == digits && std::all_of(found.begin(), found.end(), [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                      });
  return is_one ? found : std::string();
}

}  // namespace mailtap::certs
