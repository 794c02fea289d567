#include "tls/ja3.h"

#include <array>

#include <mbedtls/md5.h>

#include "config/base/text.h"
#include "tls/names.h"

namespace mailtap::tls {

namespace {

std::string dashed(const std::vector<std::uint16_t>& values) {
  std::string text;
  for (const auto value : values) {
    if (is_grease(value)) continue;
    if (!text.empty()) text += '-';
    text += std::to_string(value);
  }
  return text;
}

}  // namespace

std::string ja3(const ClientHello& hello) {
  const auto text = std::to_string(hello.legacy_version) + "," + dashed(hello.cipher_suites) + "," +
                    dashed(hello.extensions) + "," + dashed(hello.groups) + "," + dashed(hello.point_formats);
  std::array<std::uint8_t, 16> digest{};
  if (mbedtls_md5(as_bytes(text).data(), text.size(), digest.data()) != 0) return {};
  return to_hex(digest);
}

}  // namespace mailtap::tls
