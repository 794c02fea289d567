#include "inspect/pseudonyms.h"

#include <mbedtls/md.h>

#include "config/base/random.h"
#include "config/base/text.h"

namespace mailtap::inspect {

Result<Pseudonyms> Pseudonyms::make(config::NameDisplay display, const Pseudonyms* previous) {
  std::array<std::uint8_t, 32> key{};
  if (previous != nullptr)
    key = previous->key_;
  else if (!random_bytes(key))
    return fail("the kernel gives no random bytes to hide names with");
  return Pseudonyms(display, key);
}

std::string Pseudonyms::of(std::string_view name) const {
  constexpr std::size_t longest = 64;
  constexpr std::size_t hash_bytes = 5;
  if (name.empty()) return {};
  switch (display_) {
    case config::NameDisplay::cut: return "*";
    case config::NameDisplay::plain: return std::string(name.substr(0, longest));
    case config::NameDisplay::hash: break;
  }
  const auto lower = to_lower_ascii(name);
  std::array<std::uint8_t, 32> digest{};
  mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key_.data(), key_.size(),
                  as_bytes(lower).data(), lower.size(), digest.data());
  return "~" + to_hex(Bytes(digest).first(hash_bytes));
}

}  // namespace mailtap::inspect
