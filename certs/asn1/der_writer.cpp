#include "certs/asn1/der_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <vector>

namespace mailtap::certs::der {

namespace {

/// The numbers of "1.2.840", or nothing if it isn't an OID.
std::optional<std::vector<std::uint64_t>> arcs_of(std::string_view dotted) {
  std::vector<std::uint64_t> arcs;
  while (true) {
    std::uint64_t arc = 0;
    const auto [end, problem] = std::from_chars(dotted.data(), dotted.data() + dotted.size(), arc);
    if (problem != std::errc{} || arc >= std::uint64_t{1} << 56) return std::nullopt;
    arcs.push_back(arc);
    dotted.remove_prefix(static_cast<std::size_t>(end - dotted.data()));
    if (dotted.empty()) break;
    if (dotted.front() != '.') return std::nullopt;
    dotted.remove_prefix(1);
  }
  if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39)) return std::nullopt;
  return arcs;
}

std::string encode_oid(const std::vector<std::uint64_t>& arcs) {
  std::string content;
  for (std::size_t i = 1; i < arcs.size(); ++i) {
    const auto value = i == 1 ? arcs[0] * 40 + arcs[1] : arcs[i];
    int shift = 56;
    while (shift > 0 && value >> shift == 0) shift -= 7;
    for (; shift >= 0; shift -= 7)
      content.push_back(static_cast<char>((value >> shift & 0x7f) | (shift > 0 ? 0x80 : 0)));
  }
  return content;
}

}  // namespace

Buffer element(std::uint8_t tag, Bytes content) {
  const auto size = content.size();
  std::array<std::uint8_t, 10> head = {tag};  // the longest length has nine octets
  std::size_t used = 1;
  if (size < 0x80) {
    head[used++] = static_cast<std::uint8_t>(size);
  } else {
    const auto octets = (static_cast<unsigned>(std::bit_width(size)) + 7) / 8;
    head[used++] = static_cast<std::uint8_t>(0x80 | octets);
    for (unsigned i = octets; i-- > 0;) head[used++] = static_cast<std::uint8_t>(size >> (8 * i));
  }
  return concat({Bytes(head).first(used), content});
}

void append(Buffer& to, Bytes more) {
  to.insert(to.end(), more.begin(), more.end());
}

Buffer concat(std::initializer_list<Bytes> parts) {
  std::size_t size = 0;
  for (const auto part : parts) size += part.size();
  Buffer out;
  out.reserve(size);
  for (const auto part : parts) append(out, part);
  return out;
}

Result<std::string> parse_oid(std::string_view dotted) {
  const auto arcs = arcs_of(dotted);
  if (!arcs) return fail("\"" + std::string(dotted) + "\" is no OID such as 1.3.6.1.5.5.7.3.1");
  return encode_oid(*arcs);
}

Buffer boolean(bool value) {
  const std::array<std::uint8_t, 1> content{static_cast<std::uint8_t>(value ? 0xff : 0)};
  return element(tag_boolean, content);
}

Buffer integer(Bytes magnitude) {
  while (!magnitude.empty() && magnitude.front() == 0) magnitude = magnitude.subspan(1);
  Buffer content;
  if (magnitude.empty() || magnitude.front() >= 0x80) content.push_back(0);
  append(content, magnitude);
  return element(tag_integer, content);
}

Buffer integer(std::uint64_t value) {
  std::array<std::uint8_t, 8> magnitude{};
  for (auto byte = magnitude.rbegin(); byte != magnitude.rend(); ++byte, value >>= 8)
    *byte = static_cast<std::uint8_t>(value);
  return integer(Bytes(magnitude));
}

Buffer bit_string(Bytes content) {
  Buffer with_unused_bits{0};
  append(with_unused_bits, content);
  return element(tag_bit_string, with_unused_bits);
}

Buffer named_bits(std::uint32_t bits) {
  Buffer content{0};
  const auto used = static_cast<unsigned>(std::bit_width(bits));
  for (unsigned bit = 0; bit < used; ++bit) {
    if (bit % 8 == 0) content.push_back(0);
    if ((bits >> bit & 1) != 0) content.back() |= static_cast<std::uint8_t>(0x80 >> bit % 8);
  }
  content[0] = static_cast<std::uint8_t>((8 - used % 8) % 8);
  return element(tag_bit_string, content);
}

Buffer time(Time time) {
  // 2026-11-23T20:22:00Z without its separators.
  auto digits = to_rfc3339(time);
  digits.erase(
      std::remove_if(digits.begin(), digits.end(), [](char c) { return c == '-' || c == ':' || c == 'T'; }),
      digits.end());
  if (digits < "1950" || digits >= "2050") return text(tag_generalized_time, digits);
  return text(tag_utc_time, std::string_view(digits).substr(2));
}

}  // namespace mailtap::certs::der
