#include "certs/model/stand_in.h"

#include <array>
#include <string_view>

#include <mbedtls/asn1.h>

namespace mailtap::certs {

namespace {

constexpr std::uint8_t sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;

}  // namespace

Bytes public_key_of(Bytes certificate) {
  auto* at = const_cast<unsigned char*>(certificate.data());
  const auto* end = at + certificate.size();
  std::size_t size = 0;
  const auto enter = [&](int tag) { return mbedtls_asn1_get_tag(&at, end, &size, tag) == 0; };
  const auto skip = [&](int tag) { return enter(tag) && (at += size, true); };
  const bool in_certificate = enter(sequence);
  const bool in_tbs_certificate = in_certificate && enter(sequence);
  if (!in_tbs_certificate) return {};
  constexpr int version = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED;
  if (at < end && *at == version && !skip(version)) return {};
  // Serial number, signature algorithm, issuer, validity, subject.
  if (!skip(MBEDTLS_ASN1_INTEGER)) return {};
  for (int i = 0; i < 4; ++i)
    if (!skip(sequence)) return {};
  const auto* key = at;
  return skip(sequence) ? Bytes(key, at) : Bytes{};
}

namespace {

Buffer in_sequence(Bytes content) {
  Buffer whole{sequence, 0x82, static_cast<std::uint8_t>(content.size() >> 8),
               static_cast<std::uint8_t>(content.size())};
  if (content.size() < 0x80) whole = {sequence, static_cast<std::uint8_t>(content.size())};
  if (content.size() >= 0x80 && content.size() < 0x100)
    whole = {sequence, 0x81, static_cast<std::uint8_t>(content.size())};
  whole.insert(whole.end(), content.begin(), content.end());
  return whole;
}

}  // namespace

Buffer stand_in_for(Bytes certificate) {
  const auto public_key = public_key_of(certificate);
  if (public_key.empty()) return {};
  // ecdsa-with-SHA256
  constexpr std::array<std::uint8_t, 12> algorithm{0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                                   0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
  constexpr std::array<std::uint8_t, 3> serial{0x02, 0x01, 0x01};
  constexpr std::array<std::uint8_t, 14> name{0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06,
                                              0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'x'};
  constexpr std::string_view validity =
      "\x30\x1e\x17\x0d"
      "700101000000Z"
      "\x17\x0d"
      "491231235959Z";
  constexpr std::array<std::uint8_t, 4> signature{0x03, 0x02, 0x00, 0x00};
  Buffer content;
  const auto append = [&](Bytes part) { content.insert(content.end(), part.begin(), part.end()); };
  for (const Bytes part :
       {Bytes(serial), Bytes(algorithm), Bytes(name), as_bytes(validity), Bytes(name), public_key})
    append(part);
  content = in_sequence(content);
  append(algorithm);
  append(signature);
  return in_sequence(content);
}

}  // namespace mailtap::certs
