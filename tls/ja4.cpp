#include "tls/ja4.h"

#include <algorithm>
#include <array>

#include <mbedtls/sha256.h>

#include "config/base/text.h"
#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::tls {

namespace {

std::string_view version_code(std::uint16_t version) {
  switch (version) {
    case version::tls13: return "13";
    case version::tls12: return "12";
    case version::tls11: return "11";
    case version::tls10: return "10";
    case version::ssl30: return "s3";
    case version::ssl20: return "s2";
    default: return "00";
  }
}

std::string two_digits(std::size_t count) {
  count = std::min<std::size_t>(count, 99);
  return {static_cast<char>('0' + count / 10), static_cast<char>('0' + count % 10)};
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// First and last character of the first protocol; of its hex form where they aren't letters or digits.
std::string alpn_code(const std::vector<std::string>& alpn) {
  if (alpn.empty() || alpn.front().empty()) return "00";
  const auto& first = alpn.front();
  if (is_alphanumeric(first.front()) && is_alphanumeric(first.back())) return {first.front(), first.back()};
  const auto hex = to_hex(as_bytes(first));
  return {hex.front(), hex.back()};
}

std::vector<std::uint16_t> without_grease(std::vector<std::uint16_t> values) {
  std::erase_if(values, is_grease);
  return values;
}

std::string comma_separated(const std::vector<std::uint16_t>& values) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(5 * values.size());
  for (const auto value : values) {
    if (!text.empty()) text += ',';
    for (const int shift : {12, 8, 4, 0}) text += digits[value >> shift & 0xF];
  }
  return text;
}

/// The first twelve hex digits of the SHA-256; zeros for an empty list.
std::string truncated_hash(const std::string& text) {
  std::array<std::uint8_t, 32> digest{};
  if (text.empty() || mbedtls_sha256(as_bytes(text).data(), text.size(), digest.data(), /*is224=*/0) != 0)
    return "000000000000";
  return to_hex(Bytes(digest).first(6));
}

}  // namespace

std::string ja4(const ClientHello& hello) {
  auto suites = without_grease(hello.cipher_suites);
  auto extensions = without_grease(hello.extensions);
  const bool has_sni =
      std::find(extensions.begin(), extensions.end(), extension::server_name) != extensions.end();

  std::string fingerprint = "t";
  fingerprint += version_code(hello.highest_version());
  fingerprint += has_sni ? 'd' : 'i';
  fingerprint += two_digits(suites.size()) + two_digits(extensions.size()) + alpn_code(hello.alpn);

  std::sort(suites.begin(), suites.end());
  std::erase_if(extensions, [](std::uint16_t type) {
    return type == extension::server_name || type == extension::application_layer_protocol_negotiation;
  });
  std::sort(extensions.begin(), extensions.end());
  auto rest = comma_separated(extensions);
  if (!rest.empty() && !hello.signature_algorithms.empty())
    rest.append("_").append(comma_separated(without_grease(hello.signature_algorithms)));
  return fingerprint + "_" + truncated_hash(comma_separated(suites)) + "_" + truncated_hash(rest);
}

std::string ja4s(const wire::ServerHello& hello) {
  const auto alpn = hello.alpn.empty() ? std::vector<std::string>{} : std::vector{hello.alpn};
  return std::string("t").append(version_code(hello.version)) + two_digits(hello.extensions.size()) +
         alpn_code(alpn) + "_" + comma_separated({hello.cipher_suite}) + "_" +
         truncated_hash(comma_separated(hello.extensions));
}

}  // namespace mailtap::tls
